-- Whether a credential stands at this moment, not as the trust snapshot of a second ago has it. `credential` is {kind, subject, session,
-- jti, generation}, as kit writes it into a context: `kind` is spelled as the contract's Rust name, `generation` as identity.token_generation
-- answers it, `session` of a token of an OAuth client is its grant, `jti` of an API key its row.
-- What it stands on is locked, shared, until the caller's statement has ended: whoever revokes it waits for that, or was waited for
-- here. The account comes first, as everywhere.
create or replace function identity.credential_is_live(credential jsonb) returns boolean
language plpgsql volatile
as $$
declare
    kind    text := credential ->> 'kind';
    account uuid;
    grounds uuid;
    granted identity.oauth_grants;
begin
    if kind = 'Client' then
        perform 1 from identity.oauth_clients c
        where c.id = credential ->> 'subject' and c.disabled_at is null for share;
        if not found then
            return false;
        end if;
    else
        account := (credential ->> 'subject')::uuid;
        perform 1 from identity.accounts a where a.id = account and a.disabled_at is null for share;
        if not found then
            return false;
        end if;
    end if;
    if kind = 'ApiKey' then
        -- A key says nothing that a change of roles could outdate: its permissions are read at each use.
        perform 1 from identity.api_keys k
        where k.id = (credential ->> 'jti')::uuid and k.account_id = account and k.revoked_at is null
          and (k.expires_at is null or k.expires_at > platform.now())
        for share;
        return found;
    end if;
    if kind = 'User' then
        grounds := (credential ->> 'session')::uuid;
        perform 1 from identity.sessions s
        where s.id = grounds and s.account_id = account and s.ended_at is null and s.expires_at > platform.now()
        for share;
        if not found then
            select g.* into granted from identity.oauth_grants g
            where g.id = grounds and g.account_id = account for share;
            if granted.id is null or not identity.oauth_grant_is_live(granted) then
                return false;
            end if;
        end if;
    end if;
    -- One that says no generation stands on nothing: unknown must not count as true.
    return coalesce(identity.token_generation(credential ->> 'subject') <= (credential ->> 'generation')::int8, false)
       and not exists (
            select 1 from identity.revocations r where r.kind = 'token' and r.id = credential ->> 'jti');
end
$$;
