-- All roles. There are few.
create or replace function identity.list_roles() returns jsonb
language sql stable
as $$
    select coalesce(jsonb_agg(identity.role_document(r) order by r.built_in desc, r.name), '[]') from identity.roles r
$$;
