-- Posts made in each of the last days, by the time in their ids: one range of the primary key.
create or replace function blog.daily_figures(days int) returns table (figure text, day date, count int8)
language sql stable
set enable_seqscan = off
as $$
    select 'posts', (t.created_at at time zone 'UTC')::date, count(*)
    from blog.posts t
    where t.id >= platform.uuid_floor(
        date_trunc('day', platform.now() at time zone 'UTC') at time zone 'UTC' - make_interval(days => daily_figures.days - 1)) and t.deleted_at is null
    group by 2
$$;
