-- Makes the tasks of schedules that are due. `schedules` is [{name, kind, times, next_ms}], `next_ms` the first time after now.
-- A row is moved before its task is made, by one statement: whoever comes second finds the time moved. A new schedule, or one
-- whose times have changed, begins with its next time. Answers how many were fired.
create or replace function platform.fire_schedules(schedules jsonb) returns int
language plpgsql volatile
as $$
declare
    fired int := 0;
    s     record;
begin
    for s in
        select e.name, e.kind, e.times, to_timestamp(e.next_ms / 1000.0) as next_at, r.next_at as due_at, r.times as known
        from jsonb_to_recordset(schedules) as e (name text, kind text, times text, next_ms bigint)
        left join platform.schedules r on r.name = e.name
        where r.name is null or r.times <> e.times or r.next_at <= platform.now()
        order by e.name
    loop
        if s.known is null then
            insert into platform.schedules (name, times, next_at) values (s.name, s.times, s.next_at)
            on conflict (name) do nothing;
        elsif s.known <> s.times then
            update platform.schedules r set times = s.times, next_at = s.next_at
            where r.name = s.name and r.times = s.known;
        else
            update platform.schedules r set next_at = s.next_at, fired_at = platform.now()
            where r.name = s.name and r.next_at = s.due_at and s.next_at > s.due_at;
            if found then
                perform platform.enqueue(
                    jsonb_build_object('request_id', 'schedule:' || s.name || ':' || (extract(epoch from s.due_at))::bigint),
                    s.kind,
                    s.name || '@' || platform.time_text(s.due_at),
                    jsonb_build_object('scheduled_at', platform.time_text(s.due_at)));
                fired := fired + 1;
            end if;
        end if;
    end loop;
    return fired;
end
$$;
