-- Deletes what has been kept long enough, at most `portion` rows of each: results of tasks (7 days), cancelled ones (30), dead
-- letters (90), claimed idempotency keys (3 days), events that everybody has taken (14). Answers how many, and whether there is more.
create or replace function platform.clean_up(portion int) returns text
language plpgsql volatile
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
    tasks  int := 0;
    keys   int;
    events int;
    n      int;
    ended  record;
begin
    for ended in
        values ('done', interval '7 days'), ('cancelled', interval '30 days'), ('dead', interval '90 days')
    loop
        delete from platform.tasks t
        using (select o.id from platform.tasks o
               where o.state = ended.column1 and o.finished_at < platform.now() - ended.column2
                 -- Ids begin with their time: the walk along the index ends where younger tasks begin.
                 and o.id < platform.uuid_floor(platform.now() - ended.column2)
               order by o.id limit portion
               for update skip locked) old
        where t.id = old.id;
        get diagnostics n = row_count;
        tasks := tasks + n;
    end loop;
    delete from platform.idempotency i
    using (select o.principal, o.route, o.key from platform.idempotency o
           where o.created_at < platform.now() - interval '3 days'
           order by o.created_at limit portion
           for update skip locked) old
    where i.principal = old.principal and i.route = old.route and i.key = old.key;
    get diagnostics keys = row_count;
    events := platform.prune_outbox(portion);
    return json_build_object('tasks', tasks, 'idempotency_keys', keys, 'events', events,
        'more', tasks >= portion or keys >= portion or events >= portion);
end
$$;
