-- What roles give, all together.
create or replace function identity.permissions_of(roles text[]) returns text[]
language sql stable
as $$
    select coalesce(array_agg(distinct p.permission), '{}')
    from identity.role_permissions p
    where p.role = any (permissions_of.roles)
$$;
