-- What `/metrics` shows of exchange keys.
create or replace function trading.metrics() returns table (name text, labels jsonb, value float8)
language sql stable
as $$
    select 'spindle_exchange_keys', jsonb_build_object('status', s.status), count(k.id)::float8
    from (values ('active'), ('drift'), ('invalid'), ('expired'), ('nonce_conflict'), ('locked')) s (status)
    left join trading.exchange_keys k on k.status = s.status and k.disconnected_at is null
    group by s.status
$$;
