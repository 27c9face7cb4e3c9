-- The first slug that nobody else has or had: the wish, the wish with a number, the wish with random characters.
create or replace function blog.free_slug(wish text, post_id uuid, attempt int) returns text
language sql volatile
as $$
    select c.slug
    from (
        select wish || case when n = 1 then '' when n <= 6 then '-' || n
                            else '-' || substr(replace(gen_random_uuid()::text, '-', ''), 1, 8) end as slug, n
        -- From the attempt to 7, or the attempt alone. The bounds are constants so that the planner expects seven rows, not a
        -- thousand for which it would read all posts.
        from (select greatest(free_slug.attempt, k) as n
              from generate_series(1, 7) k
              where k >= free_slug.attempt or k = 7) numbers) c
    where not exists (select 1 from blog.posts p where p.slug = c.slug and p.id <> free_slug.post_id)
      and not blog.slug_was(c.slug, free_slug.post_id)
    order by c.n
    limit 1
$$;

-- Whether another post had this slug.
create or replace function blog.slug_was(slug text, post_id uuid) returns boolean
language sql stable
as $$
    select exists (select 1 from blog.old_slugs o where o.slug = slug_was.slug and o.post_id <> slug_was.post_id)
$$;
