-- Changes the members of a post that `changes` names; null clears. An autosave of a published post goes to its pending edit, so that
-- nobody publishes by pausing; If-Match must know that edit too. Answers updated {post, id, slug, etag}, slug_taken, or what
-- blog.writable_post says.
create or replace function blog.update_post(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text[], changes jsonb, origin text, restored_from int4)
    returns jsonb
language plpgsql volatile
as $$
declare
    target record;
    post   blog.posts;
    result record;
begin
    select w.outcome, w.post into target from blog.writable_post(slug, editor, moderator, if_match) w;
    post := target.post;
    if target.outcome <> 'writable' then
        return blog.refusal(target.outcome, post);
    end if;
    if origin = 'autosaved' and post.status = 'published' then
        if not blog.pending_edit_matches(if_match, post) then
            return blog.refusal('stale', post);
        end if;
        perform blog.keep_pending_edit(post.id, editor, changes);
        return blog.post_answer('updated', post, editor);
    end if;
    select c.outcome, c.changed into result from blog.change_post(context, post, changes, editor, origin, restored_from) c;
    if result.outcome = 'slug_taken' then
        -- Takes back the revision that was kept.
        raise exception 'slug_taken' using errcode = '23505', constraint = 'posts_slug_key';
    end if;
    if result.outcome = 'changed' then
        perform blog.record_change(context, post, result.changed, 'post.updated');
    end if;
    return blog.post_answer('updated', result.changed, editor);
end
$$;
