-- Takes all second factors from an account.
create or replace function identity.drop_factors(account uuid) returns void
language plpgsql volatile
as $$
begin
    delete from identity.totp_factors t where t.account_id = drop_factors.account;
    delete from identity.recovery_codes r where r.account_id = drop_factors.account;
    delete from identity.passkeys p where p.account_id = drop_factors.account;
end
$$;
