-- The post of a slug for those who may edit it: those that readers don't see exist for nobody else, and those that readers see are
-- somebody else's. `moved_to` where the slug was the post's once. No post: all null.
create or replace function blog.edited_post(slug text, editor uuid, moderator boolean, out id uuid, out moved_to text)
language plpgsql stable
as $$
begin
    select p.id into id from blog.posts p
    where p.slug = edited_post.slug and p.deleted_at is null and (p.author_id = editor or moderator);
    if id is null then
        select p.slug into moved_to
        from blog.old_slugs o join blog.posts p on p.id = o.post_id
        where o.slug = edited_post.slug and p.deleted_at is null and (p.author_id = editor or moderator);
    end if;
end
$$;
