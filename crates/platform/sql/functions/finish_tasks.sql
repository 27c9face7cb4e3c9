-- Writes down how attempts ended. `outcomes` is [{task_id, attempt, outcome, result, error, status, delay_ms}], outcome one of
--   done     it is done, `result` is kept,
--   retry    once more after `delay_ms`,
--   snooze   the same, and the attempt does not count,
--   dead     never again.
-- Answers the ids that were still this worker's: another may have taken a task whose lease had run out, or somebody cancelled it.
create or replace function platform.finish_tasks(holder uuid, outcomes jsonb) returns text
language plpgsql volatile
set enable_seqscan = off
set enable_hashjoin = off
set enable_mergejoin = off
set jit = off
as $$
declare
    finished json;
begin
    with ended as materialized (
        select o.* from jsonb_to_recordset(outcomes) as o (
            task_id uuid, attempt int, outcome text, result jsonb, error text, status int, delay_ms bigint)),
    -- In one order, as the heartbeat does: neither waits for the other in a circle.
    locked as (
        select t.id from platform.tasks t
        join ended o on o.task_id = t.id
        where t.state = 'running' and t.lease_holder = finish_tasks.holder and t.attempts = o.attempt
        order by t.id
        for update of t),
    written as (
        update platform.tasks t
        set state = case
                when o.outcome in ('done', 'dead') then o.outcome
                when coalesce(o.delay_ms, 0) > 0 then 'scheduled'
                else 'queued' end,
            attempts = t.attempts - (o.outcome = 'snooze')::int,
            snoozes = t.snoozes + (o.outcome = 'snooze')::int,
            run_at = case
                when o.outcome in ('done', 'dead') then t.run_at
                else platform.now() + make_interval(secs => coalesce(o.delay_ms, 0) / 1000.0) end,
            lease_holder = null, leased_until = null, suspect = false,
            finished_at = case when o.outcome in ('done', 'dead') then platform.now() end,
            result = o.result,
            errors = case
                when o.error is null then t.errors
                else platform.add_error(t.errors, o.attempt, o.error, o.status) end
        from ended o
        join locked on locked.id = o.task_id
        where t.id = locked.id
        returning t.id)
    select json_agg(w.id) into finished from written w;
    return coalesce(finished, '[]');
end
$$;
