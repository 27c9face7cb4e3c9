-- Passkeys of an account, oldest first; there are twenty at most.
create or replace function identity.list_passkeys(account uuid) returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(identity.passkey_document(p) order by p.id), '[]')
    from identity.passkeys p
    where p.account_id = list_passkeys.account
$$;
