-- Sessions opened, as the audit log has them, and tickets opened in each of the last days: one range of an index each.
create or replace function platform.daily_figures(days int) returns table (figure text, day date, count int8)
language sql stable
set enable_seqscan = off
as $$
    with since as (
        select platform.uuid_floor(
            date_trunc('day', platform.now() at time zone 'UTC') at time zone 'UTC'
            - make_interval(days => daily_figures.days - 1)) as id)
    select 'logins', (a.at at time zone 'UTC')::date, count(*)
    from platform.audit a
    where a.action = 'session.opened' and a.id >= (select s.id from since s)
    group by 2
    union all
    select 'tickets', (t.created_at at time zone 'UTC')::date, count(*)
    from platform.support_tickets t
    where t.id >= (select s.id from since s)
    group by 2
$$;
