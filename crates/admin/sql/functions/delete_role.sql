-- Removes a role that nobody has. Answers deleted, not_found, built_in, not_allowed, outranked, in_use {accounts}.
create or replace function identity.delete_role(context jsonb, actor uuid, held text[], name text) returns jsonb
language plpgsql volatile
as $$
declare
    gone   identity.roles;
    before jsonb;
    users  int8;
begin
    perform identity.require_live(context);
    if not identity.holds(actor, '{roles.manage}') then
        return jsonb_build_object('outcome', 'not_allowed');
    end if;
    -- Asked without a lock: at the row of `admin` others queue, and may wait for the lock that is held on the actor here.
    if exists (select 1 from identity.roles r where r.name = delete_role.name and r.built_in) then
        return jsonb_build_object('outcome', 'built_in');
    end if;
    -- Whoever is giving this role to somebody holds a share of this lock, by the foreign key.
    select r.* into gone from identity.roles r where r.name = delete_role.name for update;
    if gone.name is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if not (identity.permissions_of(array[gone.name]) <@ held) then
        return jsonb_build_object('outcome', 'outranked');
    end if;
    select count(*) into users from identity.account_roles r where r.role = gone.name;
    if users > 0 then
        return jsonb_build_object('outcome', 'in_use', 'accounts', users);
    end if;
    before := identity.role_document(gone);
    delete from identity.roles r where r.name = gone.name;
    perform platform.record(context, 'role.deleted', 'role', gone.name, before);
    return jsonb_build_object('outcome', 'deleted');
end
$$;
