-- Publishes a post, now or at a time to come, with its pending edit if there is one. A post that is published already stays so; a time
-- in the future takes one that is to be seen away until then. The time of the first publication is kept unless another is given.
-- Answers updated {post, id, slug, etag}, slug_taken, or what blog.writable_post says.
create or replace function blog.publish_post(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text[], at_ms int8) returns jsonb
language plpgsql volatile
as $$
declare
    target record;
    post   blog.posts;
    after  blog.posts;
    edit   blog.pending_edits;
    result record;
    moment timestamptz := date_trunc('milliseconds', platform.now());
    at     timestamptz;
begin
    select w.outcome, w.post into target from blog.writable_post(slug, editor, moderator, if_match) w;
    post := target.post;
    if target.outcome <> 'writable' then
        return blog.refusal(target.outcome, post);
    end if;
    after := post;
    delete from blog.pending_edits e where e.post_id = post.id returning e.* into edit;
    if edit.post_id is not null then
        select c.outcome, c.changed into result from blog.change_post(context, post, edit.changes, editor, 'published', null) c;
        if result.outcome = 'slug_taken' then
            raise exception 'slug_taken' using errcode = '23505', constraint = 'posts_slug_key';
        end if;
        after := result.changed;
    end if;
    at := case when at_ms is not null then to_timestamp(at_ms / 1000.0)
               -- "Now" brings a scheduled post forward, but leaves a past date alone.
               else least(coalesce(after.published_at, moment), moment) end;
    if after.status <> 'published' or after.published_at is distinct from at then
        update blog.posts p set status = 'published', published_at = at, version = p.version + 1, updated_at = moment
        where p.id = post.id
        returning p.* into after;
        -- What readers get to see is kept, however soon another save comes.
        update blog.revisions r set origin = 'published'
        where r.post_id = post.id and r.number = after.revision and r.origin = 'autosaved';
        perform blog.index_post(after);
        perform platform.record(
            context, case when at > moment then 'post.scheduled' else 'post.published' end, 'post', post.id::text,
            jsonb_build_object('status', post.status, 'published_at', platform.time_text(post.published_at)),
            jsonb_build_object('status', after.status, 'published_at', platform.time_text(after.published_at)));
    end if;
    if edit.post_id is not null and after.version > post.version then
        perform blog.record_change(context, post, after, 'post.updated');
    end if;
    after := blog.announce_publication(context, after);
    return blog.post_answer('updated', after, editor);
end
$$;
