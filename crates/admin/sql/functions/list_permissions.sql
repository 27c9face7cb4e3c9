-- All permissions. There are few.
create or replace function identity.list_permissions() returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(jsonb_build_object('name', p.name, 'description', p.description) order by p.name), '[]')
    from identity.permissions p
$$;
