-- Takes a challenge that was given out; it is good once, whatever comes of it: {challenge (hex), account, owed (boolean), passkey}. `passkey`
-- is the one of this credential, {id, account, public_key (hex)}, null if there is none. Null if there is no such challenge.
create or replace function identity.take_passkey_ceremony(ceremony uuid, kind text, credential_id bytea) returns jsonb
language plpgsql volatile
as $$
declare
    taken identity.passkey_ceremonies;
begin
    delete from identity.passkey_ceremonies c
    where c.id = ceremony and c.kind = take_passkey_ceremony.kind and c.expires_at > platform.now()
    returning c.* into taken;
    if taken.id is null then
        return null;
    end if;
    return jsonb_build_object(
        'challenge', encode(taken.challenge, 'hex'),
        'account', taken.account_id,
        'owed', encode(taken.mfa_hash, 'hex'),
        'passkey', (
            select jsonb_build_object('id', p.id, 'account', p.account_id, 'public_key', encode(p.public_key, 'hex'))
            from identity.passkeys p where p.credential_id = take_passkey_ceremony.credential_id));
end
$$;
