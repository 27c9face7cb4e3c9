-- What `/metrics` shows of exchange keys, bots and orders.
create or replace function trading.metrics() returns table (name text, labels jsonb, value float8)
language sql stable
set enable_seqscan = off
as $$
    select 'spindle_exchange_keys', jsonb_build_object('status', s.status), count(k.id)::float8
    from (values ('active'), ('drift'), ('invalid'), ('expired'), ('nonce_conflict'), ('locked')) s (status)
    left join trading.exchange_keys k on k.status = s.status and k.disconnected_at is null
    group by s.status
    union all
    select 'spindle_bots', jsonb_build_object('state', s.state, 'mode', m.mode), count(b.state)::float8
    from (values ('running'), ('paused'), ('stopped'), ('error')) s (state)
    cross join (values ('paper'), ('live')) m (mode)
    left join trading.bots b on b.state = s.state and b.mode = m.mode and b.deleted_at is null
    group by s.state, m.mode
    union all
    select 'spindle_bots_stopped_by_risk', '{}', count(*)::float8
    from trading.bots b
    where b.state = 'stopped' and b.stopped_by = 'risk' and b.deleted_at is null
    union all
    select 'spindle_orders', jsonb_build_object('state', s.state, 'mode', m.mode), count(o.id)::float8
    from (values ('intent'), ('submitted'), ('unknown'), ('open'), ('partially_filled'), ('filled'), ('canceled'),
                 ('rejected'), ('not_placed'), ('expired')) s (state)
    cross join (values ('paper'), ('live')) m (mode)
    left join (
        select o.id, o.state, o.mode from trading.orders o
        where o.id >= platform.uuid_floor(platform.now() - interval '24 hours')) o
        on o.state = s.state and o.mode = m.mode
    group by s.state, m.mode
    union all
    select 'spindle_orders_unsettled_age_seconds', jsonb_build_object('mode', m.mode),
           greatest(extract(epoch from platform.now() - min(o.created_at)), 0)::float8
    from (values ('paper'), ('live')) m (mode)
    left join trading.orders o
        on o.mode = m.mode and o.finished_at is null and o.state in ('submitted', 'unknown')
    group by m.mode
$$;
