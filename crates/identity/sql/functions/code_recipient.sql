-- The address that an account has yet to prove; null if there is nothing to prove.
create or replace function identity.code_recipient(account uuid) returns text
language sql stable
as $$
    select a.email
    from identity.accounts a
    where a.id = code_recipient.account and a.email_verified_at is null and a.disabled_at is null
$$;
