-- Makes a post a draft again, with its pending edit in it; a draft stays as it is, without an event. The time of publication is kept
-- if it is past. Answers updated {post, id, slug, etag}, or what blog.writable_post says.
create or replace function blog.unpublish_post(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text[]) returns jsonb
language plpgsql volatile
as $$
declare
    target record;
    post   blog.posts;
    after  blog.posts;
    edit   blog.pending_edits;
    result record;
begin
    select w.outcome, w.post into target from blog.writable_post(slug, editor, moderator, if_match) w;
    post := target.post;
    if target.outcome <> 'writable' then
        return blog.refusal(target.outcome, post);
    end if;
    if post.status = 'draft' then
        return blog.post_answer('updated', post, editor);
    end if;
    update blog.posts p set
        status = 'draft', published_at = case when p.published_at <= platform.now() then p.published_at end,
        version = p.version + 1, updated_at = platform.now()
    where p.id = post.id
    returning p.* into after;
    delete from blog.pending_edits e where e.post_id = post.id returning e.* into edit;
    if edit.post_id is not null then
        select c.outcome, c.changed into result from blog.change_post(context, after, edit.changes, editor, 'saved', null) c;
        if result.outcome = 'slug_taken' then
            raise exception 'slug_taken' using errcode = '23505', constraint = 'posts_slug_key';
        end if;
        after := result.changed;
    end if;
    perform blog.index_post(after);
    perform platform.record(context, 'post.unpublished', 'post', post.id::text,
                            jsonb_build_object('status', post.status), jsonb_build_object('status', after.status));
    after := blog.announce_publication(context, after);
    return blog.post_answer('updated', after, editor);
end
$$;
