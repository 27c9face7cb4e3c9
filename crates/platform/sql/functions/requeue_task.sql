-- Lets a task run again, now and with all its attempts: a dead letter, a cancelled one, or one that waits for its time. The
-- history of its errors stays. Answers {outcome, task, version}: requeued, wrong_state, stale (`version` is another), not_found.
create or replace function platform.requeue_task(context jsonb, task_id uuid, version int8) returns text
language plpgsql volatile
as $$
declare
    before record;
begin
    select t.state, t.kind, t.xmin::text::int8 as version into before
    from platform.tasks t where t.id = requeue_task.task_id for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    elsif requeue_task.version <> before.version then
        return jsonb_build_object('outcome', 'stale');
    end if;
    update platform.tasks t
    set state = 'queued', attempts = 0, snoozes = 0, run_at = platform.now(), finished_at = null, result = null
    where t.id = requeue_task.task_id and t.state in ('dead', 'cancelled', 'scheduled');
    if not found then
        return jsonb_build_object('outcome', 'wrong_state') || platform.read_task(requeue_task.task_id)::jsonb;
    end if;
    perform platform.record(context, 'task.requeued', 'task', requeue_task.task_id::text,
        jsonb_build_object('state', before.state), jsonb_build_object('state', 'queued', 'kind', before.kind));
    return jsonb_build_object('outcome', 'requeued') || platform.read_task(requeue_task.task_id)::jsonb;
end
$$;
