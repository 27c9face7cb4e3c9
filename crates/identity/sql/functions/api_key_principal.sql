-- Who an API key stands for, by the SHA-256 of the key in hex; null if it is unknown, expired or revoked, or if its
-- account is disabled. Permissions are the account's, as far as the key's scopes go. The kind is spelled
-- as the contract's Rust name: `contracts` reads this.
create or replace function identity.api_key_principal(hash text) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'subject', k.account_id,
        'kind', 'ApiKey',
        'session', null,
        'client', 'spindle',
        'scopes', to_jsonb(k.scopes),
        'permissions', coalesce((
            select jsonb_agg(p.name order by p.name)
            from jsonb_array_elements_text(identity.account_access(k.account_id) -> 'permissions') p (name)
            where p.name = any (k.scopes) or '*' = any (k.scopes)), '[]'),
        'roles', identity.account_access(k.account_id) -> 'roles',
        'auth_time', null,
        'amr', '[]'::jsonb,
        'jti', k.id,
        'cnf', null,
        'issued_at', floor(extract(epoch from k.created_at))::int8)
    from identity.api_keys k
    join identity.accounts a on a.id = k.account_id and a.disabled_at is null
    where k.hash = decode(api_key_principal.hash, 'hex')
      and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > platform.now())
$$;
