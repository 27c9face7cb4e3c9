-- Tasks, newest first, `size` of them after the one with the id `before`; of one state and of one kind where these are given.
create or replace function platform.list_tasks(state text, kind text, before uuid, size int) returns text
language plpgsql stable
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
    listed json;
begin
    if list_tasks.state is null then
        select json_agg(platform.task_document(t) order by t.id desc) into listed
        from (select t.* from platform.tasks t
              where (list_tasks.before is null or t.id < list_tasks.before)
                and (list_tasks.kind is null or t.kind = list_tasks.kind)
              order by t.id desc limit list_tasks.size) t;
    else
        select json_agg(platform.task_document(t) order by t.id desc) into listed
        from (select t.* from platform.tasks t
              where t.state = list_tasks.state
                and (list_tasks.before is null or t.id < list_tasks.before)
                and (list_tasks.kind is null or t.kind = list_tasks.kind)
              order by t.id desc limit list_tasks.size) t;
    end if;
    return coalesce(listed, '[]');
end
$$;
