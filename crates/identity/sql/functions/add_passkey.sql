-- Adds a verified passkey. Recovery codes, by their hashes in hex, come with the first second factor. Answers
--   added     {passkey, recovery}: `recovery` tells whether the codes count,
--   known     somebody has this credential,
--   too_many  there are twenty by now,
--   ended     the session is over.
create or replace function identity.add_passkey(
    context jsonb, account uuid, session uuid, id uuid, credential_id bytea, public_key bytea, name text, sign_count int8,
    transports text[], backed_up boolean, recovery_hashes text[]) returns jsonb
language plpgsql volatile
as $$
declare
    made     identity.passkeys;
    is_first boolean;
begin
    perform 1 from identity.accounts a where a.id = add_passkey.account for no key update;
    if not identity.session_is_live(add_passkey.account, add_passkey.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    if 20 <= (select count(*) from identity.passkeys p where p.account_id = add_passkey.account) then
        return jsonb_build_object('outcome', 'too_many');
    end if;
    is_first := cardinality(identity.second_factors(add_passkey.account)) = 0;
    insert into identity.passkeys as p (
        id, account_id, credential_id, public_key, name, sign_count, transports, backed_up, created_at)
    values (add_passkey.id, add_passkey.account, add_passkey.credential_id, add_passkey.public_key, add_passkey.name,
            add_passkey.sign_count, add_passkey.transports, add_passkey.backed_up, platform.now())
    on conflict on constraint passkeys_credential_id_key do nothing
    returning p.* into made;
    if made.id is null then
        return jsonb_build_object('outcome', 'known');
    end if;
    if is_first then
        perform identity.replace_recovery_codes(add_passkey.account, add_passkey.recovery_hashes);
    end if;
    perform platform.record(context, 'passkey.added', 'passkey', made.id::text);
    perform identity.tell_of_factor(context, add_passkey.account, 'passkey_added');
    return jsonb_build_object('outcome', 'added', 'passkey', identity.passkey_document(made), 'recovery', is_first);
end
$$;
