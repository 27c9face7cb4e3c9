-- A post by its slug, with what its entity tag is made of. Published ones for all, others for their author and for
-- moderators. No post: all null.
create or replace function blog.read_post(
    slug text, reader uuid, moderator boolean, out post text, out id uuid, out version int8)
language plpgsql stable
as $$
declare
    found_post blog.posts;
begin
    select p.* into found_post from blog.posts p
    where p.slug = read_post.slug and p.deleted_at is null
      and (p.status = 'published' or p.author_id = reader or moderator);
    if found_post.id is not null then
        post := blog.post_document(found_post, reader)::text;
        id := found_post.id;
        version := found_post.version;
    end if;
end
$$;
