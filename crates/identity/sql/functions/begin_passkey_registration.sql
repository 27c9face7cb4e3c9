-- Gives out a challenge for a new passkey, good for five minutes: {outcome: begun, username, known: [credential id in hex]},
-- {outcome: too_many}, {outcome: ended}.
create or replace function identity.begin_passkey_registration(account uuid, session uuid, ceremony uuid, challenge bytea)
returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
begin
    select a.* into owner from identity.accounts a where a.id = begin_passkey_registration.account for share;
    if not identity.session_is_live(begin_passkey_registration.account, begin_passkey_registration.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    if 20 <= (select count(*) from identity.passkeys p where p.account_id = owner.id) then
        return jsonb_build_object('outcome', 'too_many');
    end if;
    insert into identity.passkey_ceremonies (id, kind, challenge, account_id, expires_at)
    values (ceremony, 'register', begin_passkey_registration.challenge, owner.id, platform.now() + interval '5 minutes');
    return jsonb_build_object('outcome', 'begun', 'username', owner.username, 'known', coalesce((
        select jsonb_agg(encode(p.credential_id, 'hex') order by p.id)
        from identity.passkeys p where p.account_id = owner.id), '[]'));
end
$$;
