-- Whether an account that can sign in has the role `admin` besides this one.
create or replace function identity.administrator_remains(without uuid) returns boolean
language sql stable
as $$
    select exists (
        select 1
        from identity.account_roles r
        join identity.accounts a on a.id = r.account_id and a.disabled_at is null
        where r.role = 'admin' and r.account_id <> administrator_remains.without)
$$;
