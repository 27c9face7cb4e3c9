-- Prepares a change of a published post that readers see with the next publication; null `changes` drops it. If-Match names the
-- pending edit, or the post where there is none yet. Answers what blog.pending_edit answers, not_published, stale, or what
-- blog.writable_post says.
create or replace function blog.set_pending_edit(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text[], changes jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    target record;
    post   blog.posts;
    edit   blog.pending_edits;
begin
    select w.outcome, w.post into target from blog.writable_post(slug, editor, moderator, null) w;
    post := target.post;
    if target.outcome <> 'writable' then
        return blog.refusal(target.outcome, post);
    end if;
    if post.status <> 'published' then
        return jsonb_build_object('outcome', 'not_published');
    end if;
    select e.* into edit from blog.pending_edits e where e.post_id = post.id for update;
    if if_match is not null and not '*' = any (if_match)
        and not (case when edit.post_id is null then blog.etag_matches(if_match, post.id, post.version)
                      else blog.pending_etag(edit) = any (if_match) end)
    then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if changes is null then
        delete from blog.pending_edits e where e.post_id = post.id;
    else
        perform blog.keep_pending_edit(post.id, editor, changes);
    end if;
    return blog.pending_edit(slug, editor, moderator);
end
$$;
