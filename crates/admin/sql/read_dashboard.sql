with counts as (
    select name, labels, value from identity.metrics()
    union all select name, labels, value from blog.metrics()
    union all select name, labels, value from trading.metrics()
    union all select name, labels, value from platform.metrics()
), days as (
    select (platform.now() at time zone 'UTC')::date - n as day
    from generate_series(0, 29) n
), happened as (
    select figure, day, count from identity.daily_figures(30)
    union all select figure, day, count from blog.daily_figures(30)
    union all select figure, day, count from trading.daily_figures(30)
    union all select figure, day, count from platform.daily_figures(30)
)
select jsonb_build_object(
    'at', platform.time_text(platform.now()),
    'counts', (
        select jsonb_object_agg(m.name, m.counts)
        from (
            select replace(c.name, 'spindle_', '') as name,
                   jsonb_object_agg(
                       coalesce((select string_agg(l.value, ',' order by l.key) from jsonb_each_text(c.labels) l), ''),
                       c.value) as counts
            from counts c
            where c.name not like '%\_seconds' and c.name not like 'spindle_database%' and c.name <> 'spindle_token_buckets'
            group by c.name) m),
    'days', (
        select jsonb_agg(jsonb_build_object(
            'day', d.day,
            'registrations', coalesce((select h.count from happened h where h.day = d.day and h.figure = 'registrations'), 0),
            'logins', coalesce((select h.count from happened h where h.day = d.day and h.figure = 'logins'), 0),
            'posts', coalesce((select h.count from happened h where h.day = d.day and h.figure = 'posts'), 0),
            'exchange_keys', coalesce((select h.count from happened h where h.day = d.day and h.figure = 'exchange_keys'), 0),
            'orders', coalesce((select h.count from happened h where h.day = d.day and h.figure = 'orders'), 0),
            'tickets', coalesce((select h.count from happened h where h.day = d.day and h.figure = 'tickets'), 0))
            order by d.day)
        from days d))::text
