-- Takes a task back that is not done: one that waits, one that runs, or a dead letter that nobody will run again. One that is
-- running is not stopped where it runs, but its worker lets go of it with the next heartbeat, its answer counts for nothing, and it
-- is not tried again. Answers {outcome, task, version}: cancelled, wrong_state, stale (`version` is another), not_found.
create or replace function platform.cancel_task(context jsonb, task_id uuid, version int8) returns text
language plpgsql volatile
as $$
declare
    before record;
begin
    select t.state, t.kind, t.xmin::text::int8 as version into before
    from platform.tasks t where t.id = cancel_task.task_id for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    elsif cancel_task.version <> before.version then
        return jsonb_build_object('outcome', 'stale');
    end if;
    update platform.tasks t
    set state = 'cancelled', finished_at = platform.now(), lease_holder = null, leased_until = null
    where t.id = cancel_task.task_id and t.state in ('scheduled', 'queued', 'running', 'dead');
    if not found then
        return jsonb_build_object('outcome', 'wrong_state') || platform.read_task(cancel_task.task_id)::jsonb;
    end if;
    perform platform.record(context, 'task.cancelled', 'task', cancel_task.task_id::text,
        jsonb_build_object('state', before.state), jsonb_build_object('state', 'cancelled', 'kind', before.kind));
    return jsonb_build_object('outcome', 'cancelled') || platform.read_task(cancel_task.task_id)::jsonb;
end
$$;
