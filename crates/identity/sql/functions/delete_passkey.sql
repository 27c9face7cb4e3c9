-- Deletes a passkey of an account; recovery codes go with the last second factor. Answers {outcome: deleted|not_found|ended}.
create or replace function identity.delete_passkey(context jsonb, account uuid, session uuid, id uuid) returns jsonb
language plpgsql volatile
as $$
begin
    perform 1 from identity.accounts a where a.id = delete_passkey.account for no key update;
    if not identity.session_is_live(delete_passkey.account, delete_passkey.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    delete from identity.passkeys p where p.id = delete_passkey.id and p.account_id = delete_passkey.account;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if cardinality(identity.second_factors(delete_passkey.account)) = 0 then
        delete from identity.recovery_codes r where r.account_id = delete_passkey.account;
    end if;
    perform platform.record(context, 'passkey.deleted', 'passkey', delete_passkey.id::text);
    perform identity.tell_of_factor(context, delete_passkey.account, 'passkey_deleted');
    return jsonb_build_object('outcome', 'deleted');
end
$$;
