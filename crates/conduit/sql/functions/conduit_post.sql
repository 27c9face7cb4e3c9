-- The post to be seen that has this slug, or had it before anybody else: an old address leads to its article everywhere. Those of
-- disabled accounts are not there (blog.conduit_articles).
create or replace function blog.conduit_post(slug text) returns uuid
language plpgsql stable
as $$
declare
    post uuid;
begin
    select p.id into post
    from blog.posts p join identity.public_accounts a on a.id = p.author_id
    where p.slug = conduit_post.slug and p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now();
    if post is null then
        select p.id into post
        from blog.old_slugs o
        join blog.posts p on p.id = o.post_id
        join identity.public_accounts a on a.id = p.author_id
        where o.slug = conduit_post.slug and p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now();
    end if;
    return post;
end
$$;
