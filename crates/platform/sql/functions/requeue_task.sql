-- Lets a task run again, now and with all its attempts: a dead letter, a cancelled one, or one that waits for its time. The
-- history of its errors stays. Answers {outcome, task}: requeued, wrong_state, not_found.
create or replace function platform.requeue_task(context jsonb, task_id uuid) returns text
language plpgsql volatile
as $$
declare
    requeued platform.tasks;
    before   text;
begin
    select t.state into before from platform.tasks t where t.id = requeue_task.task_id for update;
    if before is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    update platform.tasks t
    set state = 'queued', attempts = 0, snoozes = 0, run_at = platform.now(), finished_at = null, result = null
    where t.id = requeue_task.task_id and t.state in ('dead', 'cancelled', 'scheduled')
    returning t.* into requeued;
    if not found then
        return jsonb_build_object('outcome', 'wrong_state', 'task',
            (select platform.task_document(t) from platform.tasks t where t.id = requeue_task.task_id));
    end if;
    perform platform.record(context, 'task.requeued', 'task', requeued.id::text,
        jsonb_build_object('state', before), jsonb_build_object('state', 'queued', 'kind', requeued.kind));
    return jsonb_build_object('outcome', 'requeued', 'task', platform.task_document(requeued));
end
$$;
