-- A task as operators see it. Its payload is not shown: it may hold an address or a code.
create or replace function platform.task_document(t platform.tasks) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', t.id, 'kind', t.kind, 'state', t.state, 'priority', t.priority, 'attempts', t.attempts, 'snoozes', t.snoozes,
        'idempotency_key', t.idempotency_key, 'request_id', t.request_id, 'traceparent', t.traceparent,
        'run_at', platform.time_text(t.run_at), 'created_at', platform.time_text(t.created_at),
        'finished_at', platform.time_text(t.finished_at), 'leased_until', platform.time_text(t.leased_until),
        'errors', t.errors, 'result', t.result);
$$;
