-- Locks a post for a change by `editor`: {"outcome": "writable"}, or why not:
--   not_found  there is none that the editor may know of: what readers don't see is private,
--   moved      the slug was this post's; `post` has the one of now,
--   forbidden  it is to be seen, but somebody else's,
--   stale      it is not among those that If-Match names.
create or replace function blog.writable_post(
    slug text, editor uuid, moderator boolean, if_match text[], out outcome text, out post blog.posts)
language plpgsql volatile
as $$
declare
    moved boolean := false;
begin
    select p.* into post from blog.posts p where p.slug = writable_post.slug and p.deleted_at is null for update;
    if post.id is null then
        select p.* into post
        from blog.old_slugs o join blog.posts p on p.id = o.post_id
        where o.slug = writable_post.slug and p.deleted_at is null;
        moved := post.id is not null;
    end if;
    outcome := case
        when post.id is null then 'not_found'
        when post.author_id <> editor and not moderator then
            case when post.status = 'draft' or post.published_at > platform.now() then 'not_found'
                 when moved then 'moved' else 'forbidden' end
        when moved then 'moved'
        when not blog.etag_matches(if_match, post.id, post.version) then 'stale'
        else 'writable' end;
end
$$;
