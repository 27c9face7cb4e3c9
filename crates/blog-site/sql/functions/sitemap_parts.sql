-- The parts of the sitemap that are not empty, each found by one step down the index. A part has the posts of a thousand numbers.
create or replace function blog.sitemap_parts() returns json
language sql stable
as $$
    with recursive parts (part) as (
        (select (n.number - 1) / 1000 + 1 from blog.publications n order by n.number limit 1)
        union all
        select (
            select (n.number - 1) / 1000 + 1
            from blog.publications n
            where n.number > m.part * 1000
            order by n.number limit 1)
        from parts m where m.part is not null)
    select coalesce(json_agg(m.part order by m.part), '[]') from parts m where m.part is not null
$$;

-- Slugs and changes of the posts of a part, in the order in which they were published; null if it has no numbers.
create or replace function blog.sitemap_part(part int8) returns json
language sql stable
as $$
    select case when count(*) > 0 then coalesce(
        json_agg(json_build_object('slug', p.slug, 'updated_at', p.updated_at) order by n.number) filter (where p.slug is not null),
        '[]') end
    from blog.publications n
    left join lateral (
        select p.slug, platform.time_text(greatest(p.updated_at, p.published_at)) as updated_at
        from blog.posts p
        where p.id = n.post_id and p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now()
          and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null
        limit 1) p on true
    where n.number > (sitemap_part.part - 1) * 1000 and n.number <= sitemap_part.part * 1000
$$;
