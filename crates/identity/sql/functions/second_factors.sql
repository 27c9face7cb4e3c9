-- What an account can prove itself with beside the password; empty where it has no second factor.
create or replace function identity.second_factors(account uuid) returns text[]
language sql stable
as $$
    select case when f.totp or f.passkey then array_remove(array[
        case when f.totp then 'totp' end,
        case when f.passkey then 'passkey' end,
        case when exists (select 1 from identity.recovery_codes r
                          where r.account_id = second_factors.account and r.used_at is null) then 'recovery_code' end], null)
        else '{}' end
    from (select
        exists (select 1 from identity.totp_factors t
                where t.account_id = second_factors.account and t.confirmed_at is not null) as totp,
        exists (select 1 from identity.passkeys p where p.account_id = second_factors.account) as passkey) f
$$;
