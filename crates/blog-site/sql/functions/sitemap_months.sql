-- The months in which posts were published, newest first, each found by one step down the index.
create or replace function blog.sitemap_months() returns json
language sql stable
as $$
    with recursive months (month) as (
        (select date_trunc('month', p.published_at at time zone 'UTC')
         from blog.posts p
         where p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now()
         order by p.published_at desc, p.id desc limit 1)
        union all
        select (
            select date_trunc('month', p.published_at at time zone 'UTC')
            from blog.posts p
            where p.status = 'published' and p.deleted_at is null and p.published_at < m.month at time zone 'UTC'
            order by p.published_at desc, p.id desc limit 1)
        from months m where m.month is not null)
    select coalesce(json_agg(to_char(m.month, 'YYYY-MM') order by m.month desc), '[]') from months m where m.month is not null
$$;

-- Slugs and changes of the posts of a month, the first 50,000: what one sitemap may hold.
create or replace function blog.sitemap_month(month text) returns json
language sql stable
as $$
    select coalesce(json_agg(json_build_object('slug', s.slug, 'updated_at', s.updated_at)), '[]')
    from (
        select p.slug, platform.time_text(greatest(p.updated_at, p.published_at)) as updated_at
        from blog.posts p
        join identity.public_accounts a on a.id = p.author_id
        where p.status = 'published' and p.deleted_at is null
          and p.published_at >= (month || '-01')::timestamp at time zone 'UTC'
          and p.published_at < least(((month || '-01')::timestamp + interval '1 month') at time zone 'UTC',
                                     platform.now() + interval '1 microsecond')
        order by p.published_at desc, p.id desc limit 50000) s
$$;
