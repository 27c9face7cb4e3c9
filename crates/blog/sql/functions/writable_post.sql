-- Locks a post for a change by `editor`: {"outcome": "writable"}, or why not:
--   not_found  there is none that the editor may know of: foreign drafts are private,
--   forbidden  it is published, but somebody else's,
--   stale      it is not the one that If-Match names.
create or replace function blog.writable_post(
    slug text, editor uuid, moderator boolean, if_match text, out outcome text, out post blog.posts)
language plpgsql volatile
as $$
begin
    select p.* into post from blog.posts p where p.slug = writable_post.slug and p.deleted_at is null for update;
    outcome := case
        when post.id is null then 'not_found'
        when post.author_id <> editor and not moderator then
            case post.status when 'published' then 'forbidden' else 'not_found' end
        when not blog.etag_matches(if_match, post.id, post.version) then 'stale'
        else 'writable' end;
end
$$;
