-- Whether an account holds all of these permissions at this moment: tokens may be a second behind.
create or replace function identity.holds(account uuid, permissions text[]) returns boolean
language sql stable
as $$
    select exists (select 1 from identity.accounts a where a.id = holds.account and a.disabled_at is null)
       and not exists (
           select 1 from unnest(holds.permissions) wanted (permission)
           where not exists (
               select 1
               from identity.account_roles r
               join identity.role_permissions p on p.role = r.role
               where r.account_id = holds.account and p.permission = wanted.permission))
$$;
