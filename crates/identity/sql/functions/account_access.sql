-- Roles of an account and the permissions that they give: {roles, permissions}, sorted.
create or replace function identity.account_access(account uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'roles', coalesce((
            select jsonb_agg(r.role order by r.role)
            from identity.account_roles r
            where r.account_id = account_access.account), '[]'),
        'permissions', coalesce((
            select jsonb_agg(distinct p.permission order by p.permission)
            from identity.account_roles r
            join identity.role_permissions p on p.role = r.role
            where r.account_id = account_access.account), '[]'))
$$;
