-- A role with what it gives.
create or replace function identity.role_document(role identity.roles) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'name', role.name,
        'description', role.description,
        'built_in', role.built_in,
        'permissions', coalesce((
            select jsonb_agg(p.permission order by p.permission)
            from identity.role_permissions p
            where p.role = role.name), '[]'))
$$;
