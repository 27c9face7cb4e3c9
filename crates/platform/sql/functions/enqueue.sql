-- Asks for work with the writing statement. The same kind and key is the same task, however often it is asked for.
-- Higher priority goes first within and across kinds. A task with a time in the future waits for it.
create or replace function platform.enqueue(
    context jsonb, kind text, idempotency_key text, payload jsonb,
    run_at timestamptz default null, priority smallint default 0) returns uuid
language plpgsql volatile
as $$
declare
    task_id uuid := platform.uuid_v7();
    due_at  timestamptz := coalesce(enqueue.run_at, platform.now());
begin
    insert into platform.tasks as t (
        id, kind, payload, state, priority, run_at, idempotency_key, request_id, traceparent, created_at)
    values (task_id, enqueue.kind, enqueue.payload,
            case when due_at > platform.now() then 'scheduled' else 'queued' end,
            enqueue.priority, due_at, enqueue.idempotency_key,
            context ->> 'request_id', context ->> 'traceparent', platform.now())
    on conflict on constraint tasks_kind_idempotency_key_key do nothing
    returning t.id into task_id;
    if task_id is null then
        select t.id into task_id from platform.tasks t
        where t.kind = enqueue.kind and t.idempotency_key = enqueue.idempotency_key;
    end if;
    return task_id;
end
$$;
