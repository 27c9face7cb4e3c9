-- Takes a task back that is not done: one that waits, one that runs, or a dead letter that nobody will run again. One that is
-- running is not stopped where it runs, but its worker lets go of it with the next heartbeat, its answer counts for nothing, and it
-- is not tried again. Answers {outcome, task}: cancelled, wrong_state, not_found.
create or replace function platform.cancel_task(context jsonb, task_id uuid) returns text
language plpgsql volatile
as $$
declare
    cancelled platform.tasks;
    before    text;
begin
    select t.state into before from platform.tasks t where t.id = cancel_task.task_id for update;
    if before is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    update platform.tasks t
    set state = 'cancelled', finished_at = platform.now(), lease_holder = null, leased_until = null
    where t.id = cancel_task.task_id and t.state in ('scheduled', 'queued', 'running', 'dead')
    returning t.* into cancelled;
    if not found then
        return jsonb_build_object('outcome', 'wrong_state', 'task',
            (select platform.task_document(t) from platform.tasks t where t.id = cancel_task.task_id));
    end if;
    perform platform.record(context, 'task.cancelled', 'task', cancelled.id::text,
        jsonb_build_object('state', before), jsonb_build_object('state', 'cancelled', 'kind', cancelled.kind));
    return jsonb_build_object('outcome', 'cancelled', 'task', platform.task_document(cancelled));
end
$$;
