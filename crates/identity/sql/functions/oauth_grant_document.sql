-- What the tokens of a grant say. `issued_at`, `jti`, `scopes` and `jkt` are one token's. Scopes that the administrator has taken from the
-- client since are left out.
create or replace function identity.oauth_grant_document(
    granted identity.oauth_grants, issued_at timestamptz, jti uuid, scopes text[], resources text[], jkt text) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', granted.id,
        'client_id', granted.client_id,
        'account', granted.account_id,
        'session', granted.session_id,
        'scopes', (
            select coalesce(jsonb_agg(s.scope order by s.ordinality), '[]')
            from unnest(oauth_grant_document.scopes) with ordinality s (scope)
            join identity.oauth_clients c on c.id = granted.client_id and s.scope = any (c.scopes)),
        'resources', to_jsonb(oauth_grant_document.resources),
        'claims', granted.claims,
        'nonce', granted.nonce,
        'auth_time', floor(extract(epoch from granted.auth_time))::int8,
        'amr', to_jsonb(granted.amr),
        'acr', granted.acr,
        'jkt', oauth_grant_document.jkt,
        'iat', floor(extract(epoch from oauth_grant_document.issued_at))::int8,
        'generation', identity.token_generation(granted.account_id::text),
        'jti', oauth_grant_document.jti) || identity.account_access(granted.account_id)
$$;
