-- What `/metrics` shows of the machinery: read anew each time, by index.
create or replace function platform.metrics() returns table (name text, labels jsonb, value float8)
language plpgsql stable
set enable_seqscan = off
as $$
declare
    figures jsonb := platform.queue_figures()::jsonb;
begin
    return query
    select 'spindle_tasks', jsonb_build_object('kind', t ->> 'kind', 'state', s.state), (t ->> s.state)::float8
    from jsonb_array_elements(figures -> 'tasks') t
    cross join (values ('scheduled'), ('queued'), ('running'), ('dead')) s (state)
    union all
    select 'spindle_tasks_oldest_due_age_seconds', '{}', (figures ->> 'oldest_due_age_s')::float8
    union all
    select f.name, jsonb_build_object('consumer', c ->> 'consumer'), (c ->> f.figure)::float8
    from jsonb_array_elements(figures -> 'consumers') c
    cross join (values
        ('spindle_outbox_lag_events', 'lag_events'), ('spindle_outbox_lag_seconds', 'lag_s'),
        ('spindle_outbox_parked_events', 'parked'), ('spindle_outbox_dead_events', 'dead')) f (name, figure)
    union all
    select 'spindle_login_failures', '{}', count(*)::float8
    from platform.audit a
    where a.action = 'login.refused' and a.id >= platform.uuid_floor(platform.now() - interval '5 minutes')
    union all
    select 'spindle_audit_unsealed_rows', '{}', count(*)::float8
    from platform.audit_chain c
    join platform.audit a on (a.xid, a.seq) > (c.xid, c.seq)
    union all
    select 'spindle_token_buckets', '{}', greatest(r.reltuples, 0)::float8
    from pg_catalog.pg_class r
    where r.oid = 'platform.token_buckets'::regclass
    union all
    select 'spindle_tickets', jsonb_build_object('state', s.state), count(t.id)::float8
    from (values ('open'), ('answered'), ('solved'), ('closed')) s (state)
    left join platform.support_tickets t on t.state = s.state
    group by s.state
    union all
    select 'spindle_database_sessions', jsonb_build_object('state', s.state), count(a.pid)::float8
    from (values ('active'), ('idle'), ('idle_in_transaction')) s (state)
    left join pg_catalog.pg_stat_activity a
        on a.usename = 'spindle_app'
       and s.state = case when a.state = 'active' then 'active' when a.state = 'idle' then 'idle'
                          when a.state like 'idle in transaction%' then 'idle_in_transaction' end
    group by s.state
    union all
    select 'spindle_database_sessions_limit', '{}', pg_catalog.current_setting('max_connections')::float8;
end
$$;
