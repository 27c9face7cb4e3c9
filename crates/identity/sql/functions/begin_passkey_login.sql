-- Gives out a challenge for a login, good for five minutes. `owed` is the challenge of a login that owes its second factor; null where
-- the passkey is the first. Answers
--   begun      {known: [credential id in hex]}: those of the account that owes; empty where the passkey tells whose it is,
--   throttled  {retry_after}: seconds,
--   unknown    no such login, or it is over.
create or replace function identity.begin_passkey_login(ceremony uuid, challenge bytea, owed bytea, network text) returns jsonb
language plpgsql volatile
as $$
declare
    begun jsonb;
    owner uuid;
begin
    if owed is not null then
        -- The account first, as everywhere: the attempt is counted at the login, and the challenge's row waits for the account.
        perform 1 from identity.accounts a
        where a.id = (select c.account_id from identity.mfa_challenges c where c.hash = owed)
        for key share;
        begun := identity.begin_second_factor(owed, begin_passkey_login.network);
        if begun ->> 'outcome' <> 'begun' then
            return begun;
        end if;
        owner := (begun ->> 'account')::uuid;
    end if;
    insert into identity.passkey_ceremonies (id, kind, challenge, account_id, mfa_hash, expires_at)
    values (ceremony, 'login', begin_passkey_login.challenge, owner, owed, platform.now() + interval '5 minutes');
    return jsonb_build_object('outcome', 'begun', 'known', coalesce((
        select jsonb_agg(encode(p.credential_id, 'hex') order by p.id)
        from identity.passkeys p where p.account_id = owner), '[]'));
end
$$;
