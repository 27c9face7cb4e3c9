-- Figures of the queue and the outbox for /metrics: {tasks: [{kind, scheduled, queued, running, dead}], oldest_due_age_s,
-- consumers: [{consumer, lag_events, lag_s, parked, dead}]}. Kinds and consumers without rows are left out. A lag of more than
-- 10,000 events is counted as that.
create or replace function platform.queue_figures() returns text
language sql stable
set enable_seqscan = off
as $$
    select json_build_object(
        'tasks', coalesce((
            select json_agg(json_build_object(
                'kind', g.kind, 'scheduled', g.scheduled, 'queued', g.queued, 'running', g.running, 'dead', g.dead)
                order by g.kind)
            from (select t.kind,
                         count(*) filter (where t.state = 'scheduled') as scheduled,
                         count(*) filter (where t.state = 'queued') as queued,
                         count(*) filter (where t.state = 'running') as running,
                         count(*) filter (where t.state = 'dead') as dead
                  from platform.tasks t
                  where t.state in ('scheduled', 'queued', 'running', 'dead')
                  group by t.kind) g), '[]'),
        'oldest_due_age_s', coalesce((
            select greatest(extract(epoch from platform.now() - min(d.run_at)), 0)::float8
            from (select min(t.run_at) as run_at from platform.tasks t where t.state = 'queued'
                  union all
                  select min(t.run_at) from platform.tasks t
                  where t.state = 'scheduled' and t.run_at <= platform.now()) d), 0),
        'consumers', coalesce((
            select json_agg(json_build_object(
                'consumer', c.name,
                'lag_events', ahead.events + parked.events,
                -- An event may be younger than the moment at which this began, and still be seen.
                'lag_s', greatest(extract(epoch from platform.now() - least(ahead.oldest, parked.oldest)), 0)::float8,
                'parked', parked.events, 'dead', parked.dead) order by c.name)
            from platform.consumers c
            cross join lateral (
                select count(*) as events, min(a.created_at) as oldest
                from (select o.created_at from platform.outbox o
                      where (o.xid, o.seq) > (c.xid, c.seq) and o.aggregatetype = any (c.topics)
                      order by o.xid, o.seq limit 10000) a) ahead
            cross join lateral (
                select count(*) as events, count(*) filter (where p.state = 'dead') as dead,
                       min((p.payload ->> 'time')::timestamptz) as oldest
                from platform.parked_events p where p.consumer = c.name) parked), '[]'))::text;
$$;
