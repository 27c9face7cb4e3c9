-- Who an API key stands for, by the SHA-256 of the key in hex; null if it is unknown, expired or revoked, or if its
-- account is disabled. Permissions are the account's, as far as the key's scopes go. The kind is spelled
-- as the contract's Rust name: `contracts` reads this. Its last use is noted once a minute.
create or replace function identity.api_key_principal(hash text) returns jsonb
language plpgsql volatile
as $$
declare
    key    identity.api_keys;
    access jsonb;
begin
    select k.* into key
    from identity.api_keys k
    join identity.accounts a on a.id = k.account_id and a.disabled_at is null
    where k.hash = decode(api_key_principal.hash, 'hex')
      and k.revoked_at is null
      and (k.expires_at is null or k.expires_at > platform.now());
    if key.id is null then
        return null;
    end if;
    if coalesce(key.last_used_at, '-infinity') <= platform.now() - interval '1 minute' then
        -- Whoever finds the row taken leaves it: another use of the same key notes the same.
        update identity.api_keys k set last_used_at = platform.now()
        where k.id in (select l.id from identity.api_keys l where l.id = key.id for no key update skip locked);
    end if;
    access := identity.account_access(key.account_id);
    return jsonb_build_object(
        'subject', key.account_id,
        'kind', 'ApiKey',
        'session', null,
        'client', 'spindle',
        'scopes', to_jsonb(key.scopes),
        'permissions', coalesce((
            select jsonb_agg(p.name order by p.name)
            from jsonb_array_elements_text(access -> 'permissions') p (name)
            where p.name = any (key.scopes) or '*' = any (key.scopes)), '[]'),
        'roles', access -> 'roles',
        'auth_time', null,
        'amr', '[]'::jsonb,
        'jti', key.id,
        'cnf', null,
        'generation', 0);
end
$$;
