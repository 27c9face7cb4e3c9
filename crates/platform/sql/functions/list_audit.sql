-- Records, newest first, one more than `page`. Null asks for nothing. `position` is the place in the chain, null until sealed.
-- Planned anew for what is asked each time, so that the index of the condition that narrows most is used.
create or replace function platform.list_audit(
    actor text, action text, target_type text, target_id text, request_id text,
    since timestamptz, until timestamptz, before uuid, page int8) returns jsonb
language plpgsql stable
set plan_cache_mode = force_custom_plan
as $$
begin
    return (select coalesce(jsonb_agg(jsonb_build_object(
        'id', e.id,
        'at', platform.time_text(e.at),
        'actor', e.actor,
        'action', e.action,
        'target_type', e.target_type,
        'target_id', e.target_id,
        'request_id', e.request_id,
        'address', p.personal ->> 'address',
        'agent', p.personal ->> 'agent',
        'before', p.personal -> 'before',
        'after', p.personal -> 'after',
        'position', s.position) order by e.id desc), '[]')
    from (
        select a.*
        from platform.audit a
        where (list_audit.actor is null or a.actor = list_audit.actor)
          and (list_audit.action is null or a.action = list_audit.action)
          and (list_audit.target_type is null or a.target_type = list_audit.target_type)
          and (list_audit.target_id is null or a.target_id = list_audit.target_id)
          and (list_audit.request_id is null or a.request_id = list_audit.request_id)
          and (list_audit.since is null or a.id >= platform.uuid_floor(list_audit.since))
          and (list_audit.until is null or a.id < platform.uuid_floor(list_audit.until))
          and (list_audit.before is null or a.id < list_audit.before)
        order by a.id desc
        limit list_audit.page + 1) e
    left join platform.audit_personal p on p.audit_id = e.id
    left join platform.audit_seals s on s.audit_id = e.id);
end
$$;
