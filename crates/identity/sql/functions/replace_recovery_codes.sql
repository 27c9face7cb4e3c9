-- Gives an account new recovery codes, by their hashes in hex.
create or replace function identity.replace_recovery_codes(account uuid, hashes text[]) returns void
language plpgsql volatile
as $$
begin
    delete from identity.recovery_codes r where r.account_id = replace_recovery_codes.account;
    insert into identity.recovery_codes (account_id, hash)
    select replace_recovery_codes.account, decode(h.hash, 'hex') from unnest(replace_recovery_codes.hashes) h (hash);
end
$$;
