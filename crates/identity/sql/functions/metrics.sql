-- What `/metrics` shows of accounts: each state has an index, and that is what is counted. The gateway keeps the figures for a while.
create or replace function identity.metrics() returns table (name text, labels jsonb, value float8)
language sql stable
set enable_seqscan = off
as $$
    select 'spindle_users', '{"state": "active"}'::jsonb, count(*)::float8
    from identity.accounts a
    where a.disabled_at is null and a.email_verified_at is not null
    union all
    select 'spindle_users', '{"state": "unverified"}', count(*)::float8
    from identity.accounts a
    where a.disabled_at is null and a.email_verified_at is null
    union all
    select 'spindle_users', '{"state": "disabled"}', count(*)::float8
    from identity.accounts a
    where a.disabled_at is not null
    union all
    select 'spindle_sessions', '{}', count(*)::float8
    from identity.sessions s
    where s.ended_at is null and s.expires_at > platform.now()
    union all
    select 'spindle_hash_slots', '{"state": "leased"}', count(*)::float8
    from identity.hash_slots h
    where h.leased_until > platform.now()
$$;
