-- Who is signed in with this cookie: {account, session, username, email, auth_time_ms, amr, has_second_factor}; null if nobody, the
-- session is over or was idle for a week, or the account is disabled. `has_second_factor` is the account's, used for this session or not.
create or replace function identity.oauth_browser_session(cookie bytea) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'account', s.account_id,
        'session', s.id,
        'username', a.username,
        'email', a.email,
        'auth_time_ms', floor(extract(epoch from s.authenticated_at) * 1000)::int8,
        'amr', to_jsonb(s.amr),
        'has_second_factor', cardinality(identity.second_factors(a.id)) > 0)
    from identity.oauth_browser_sessions b
    join identity.sessions s on s.id = b.session_id
    join identity.accounts a on a.id = s.account_id
    where b.hash = oauth_browser_session.cookie
      and s.ended_at is null and s.expires_at > platform.now()
      and s.last_used_at > platform.now() - interval '7 days'
      and a.disabled_at is null
$$;
