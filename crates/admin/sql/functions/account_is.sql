-- Whether an account has a role and is in a state; null asks for nothing.
create or replace function identity.account_is(account identity.accounts, role text, state text) returns boolean
language sql stable
as $$
    select (account_is.role is null or exists (
               select 1 from identity.account_roles r
               where r.account_id = account.id and r.role = account_is.role))
       and case account_is.state
               when 'active' then account.disabled_at is null and account.email_verified_at is not null
               when 'unverified' then account.disabled_at is null and account.email_verified_at is null
               when 'disabled' then account.disabled_at is not null
               else true
           end
$$;
