-- The heartbeat: these tasks are still being worked at. Answers the ids that are still this worker's.
create or replace function platform.extend_leases(holder uuid, task_ids uuid[], lease_ms bigint) returns text
language plpgsql volatile
set enable_seqscan = off
as $$
declare
    held json;
begin
    with locked as (
        select t.id from platform.tasks t
        where t.id = any (task_ids) and t.state = 'running' and t.lease_holder = extend_leases.holder
        order by t.id
        for update),
    extended as (
        update platform.tasks t set leased_until = platform.now() + make_interval(secs => lease_ms / 1000.0)
        from locked where t.id = locked.id
        returning t.id)
    select json_agg(e.id) into held from extended e;
    return coalesce(held, '[]');
end
$$;
