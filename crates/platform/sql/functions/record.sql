-- Records a deed with the statement that does it. Address, agent, before and after are personal: they are kept apart,
-- and the record holds their salted SHA-256. Never pass a secret in `before` or `after`.
-- With the owner's rights: the application's role can record, but cannot choose when, or in which order.
create or replace function platform.record(
    context jsonb, action text, target_type text, target_id text,
    before jsonb default null, after jsonb default null) returns uuid
language plpgsql volatile security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    audit_id uuid := platform.uuid_v7();
    salt     bytea := uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid());
    personal jsonb := jsonb_strip_nulls(jsonb_build_object(
        'address', context -> 'address', 'agent', context -> 'agent', 'before', before, 'after', after));
begin
    insert into platform.audit (id, at, actor, action, target_type, target_id, request_id, personal_hash)
    values (audit_id, platform.now(), coalesce(context ->> 'actor', 'anonymous'), action, target_type, target_id,
            context ->> 'request_id', sha256(salt || convert_to(personal::text, 'UTF8')));
    insert into platform.audit_personal (audit_id, salt, personal) values (audit_id, salt, personal);
    return audit_id;
end
$$;
