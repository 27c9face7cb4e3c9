-- The post to be seen that has this slug, or had it before anybody else: an old address leads to its article everywhere.
create or replace function blog.conduit_post(slug text) returns uuid
language plpgsql stable
as $$
declare
    post uuid;
begin
    select p.id into post from blog.posts p
    where p.slug = conduit_post.slug and p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now();
    if post is null then
        select p.id into post from blog.old_slugs o join blog.posts p on p.id = o.post_id
        where o.slug = conduit_post.slug and p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now();
    end if;
    return post;
end
$$;
