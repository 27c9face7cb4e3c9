-- Keys connected and orders accepted in each of the last days, by the time in their ids: one range of each primary key.
create or replace function trading.daily_figures(days int) returns table (figure text, day date, count int8)
language sql stable
set enable_seqscan = off
as $$
    with since as (
        select platform.uuid_floor(
            date_trunc('day', platform.now() at time zone 'UTC') at time zone 'UTC'
            - make_interval(days => daily_figures.days - 1)) as id)
    select 'exchange_keys', (k.created_at at time zone 'UTC')::date, count(*)
    from trading.exchange_keys k
    where k.id >= (select s.id from since s)
    group by 2
    union all
    select 'orders', (o.created_at at time zone 'UTC')::date, count(*)
    from trading.orders o
    where o.id >= (select s.id from since s)
    group by 2
$$;
