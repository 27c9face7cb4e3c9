-- One task as operators see it, null if there is none.
create or replace function platform.read_task(task_id uuid) returns text
language sql stable
as $$ select platform.task_document(t)::text from platform.tasks t where t.id = task_id $$;
