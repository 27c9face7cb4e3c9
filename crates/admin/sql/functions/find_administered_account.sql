-- One account; null if there is none.
create or replace function identity.find_administered_account(account uuid) returns jsonb
language sql stable
as $$
    select identity.administered_account(a)
    from identity.accounts a
    where a.id = find_administered_account.account
$$;
