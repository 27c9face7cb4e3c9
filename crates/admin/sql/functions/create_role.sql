-- Makes a role. Answers
--   created, replayed    {role},
--   gone                 the Idempotency-Key made it, and it was removed since,
--   mismatch             the Idempotency-Key was used with another request,
--   not_allowed          the actor does not hold `roles.manage` any more,
--   unknown_permission, outranked {permission},
--   taken.
create or replace function identity.create_role(
    context jsonb, actor uuid, held text[], principal text, route text, key text, request_hash bytea,
    name text, description text, permissions text[]) returns jsonb
language plpgsql volatile
as $$
declare
    claim   record;
    refused text;
    made    identity.roles;
begin
    perform identity.require_live(context);
    if not identity.holds(actor, '{roles.manage}') then
        return jsonb_build_object('outcome', 'not_allowed');
    end if;
    select w.permission into refused
    from unnest(create_role.permissions) w (permission)
    where not exists (select 1 from identity.permissions p where p.name = w.permission)
    limit 1;
    if refused is not null then
        return jsonb_build_object('outcome', 'unknown_permission', 'permission', refused);
    end if;
    select w.permission into refused
    from unnest(create_role.permissions) w (permission)
    where w.permission <> all (held)
    limit 1;
    if refused is not null then
        return jsonb_build_object('outcome', 'outranked', 'permission', refused);
    end if;

    claim := platform.claim_idempotency(principal, route, key, request_hash, platform.uuid_v7());
    if claim.outcome = 'mismatch' then
        return jsonb_build_object('outcome', 'mismatch');
    end if;
    if claim.outcome = 'replayed' then
        select r.* into made from identity.roles r where r.name = create_role.name;
        if made.name is null then
            return jsonb_build_object('outcome', 'gone');
        end if;
        return jsonb_build_object('outcome', 'replayed', 'role', identity.role_document(made));
    end if;
    insert into identity.roles as r (name, description)
    values (create_role.name, create_role.description)
    on conflict do nothing
    returning r.* into made;
    if made.name is null then
        perform platform.release_idempotency(principal, route, key);
        return jsonb_build_object('outcome', 'taken');
    end if;
    insert into identity.role_permissions (role, permission)
    select distinct made.name, w.permission from unnest(create_role.permissions) w (permission);
    perform platform.record(context, 'role.created', 'role', made.name, null, identity.role_document(made));
    return jsonb_build_object('outcome', 'created', 'role', identity.role_document(made));
end
$$;
