-- What an access token of a session says, besides issuer, audience and expiry.
create or replace function identity.session_grant(session uuid, issued_at timestamptz, jti uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'sub', s.account_id,
        'sid', s.id,
        'iat', floor(extract(epoch from session_grant.issued_at))::int8,
        'generation', identity.token_generation(s.account_id::text),
        'jti', session_grant.jti,
        'auth_time', floor(extract(epoch from s.authenticated_at))::int8,
        'amr', to_jsonb(s.amr)) || identity.account_access(s.account_id)
    from identity.sessions s
    where s.id = session_grant.session
$$;
