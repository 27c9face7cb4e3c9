-- A live refresh token as its client may see it (RFC 7662): {scope, sub, iat, exp, jkt}; null if it is not live or another's.
create or replace function identity.oauth_refresh_token_state(client text, token bytea) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'scopes', to_jsonb(g.scopes),
        'sub', g.account_id,
        'username', a.username,
        'iat', floor(extract(epoch from t.issued_at))::int8,
        'exp', floor(extract(epoch from least(g.expires_at, g.last_used_at + interval '7 days')))::int8,
        'auth_time', floor(extract(epoch from g.auth_time))::int8,
        'jkt', g.jkt)
    from identity.oauth_refresh_tokens t
    join identity.oauth_grants g on g.id = t.grant_id
    join identity.accounts a on a.id = g.account_id
    where t.hash = oauth_refresh_token_state.token and t.used_at is null
      and g.client_id = oauth_refresh_token_state.client and identity.oauth_grant_is_live(g)
$$;
