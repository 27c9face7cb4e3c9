-- What `/metrics` shows of accounts. Counts of whole tables: the gateway keeps them for a while.
create or replace function identity.metrics() returns table (name text, labels jsonb, value float8)
language sql stable
as $$
    select 'spindle_users', jsonb_build_object('state', s.state), count(a.id)::float8
    from (values ('active'), ('unverified'), ('disabled')) s (state)
    left join identity.accounts a
        on s.state = case when a.disabled_at is not null then 'disabled'
                          when a.email_verified_at is null then 'unverified'
                          else 'active' end
    group by s.state
    union all
    select 'spindle_sessions', '{}', count(*)::float8
    from identity.sessions s
    where s.ended_at is null and s.expires_at > platform.now()
    union all
    select 'spindle_hash_slots', '{"state": "leased"}', count(*)::float8
    from identity.hash_slots h
    where h.leased_until > platform.now()
$$;
