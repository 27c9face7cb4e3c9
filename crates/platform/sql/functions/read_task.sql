-- One task as operators see it, {task, version}, null if there is none. Its version is the transaction that wrote it last: workers
-- have no column to count in.
create or replace function platform.read_task(task_id uuid) returns text
language sql stable
as $$
    select jsonb_build_object('task', platform.task_document(t), 'version', t.xmin::text::int8)::text
    from platform.tasks t where t.id = task_id
$$;
