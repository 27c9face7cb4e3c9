-- Which of these consumers, [{consumer, topics}], have something to take: an event of theirs, or so many of others that it is time
-- to step over them. And whether parked events are due. One statement that changes nothing, for the tick that finds nothing.
create or replace function platform.ready_consumers(consumers jsonb) returns text
language plpgsql stable
set enable_seqscan = off
set enable_bitmapscan = off
as $$
declare
    ready  json;
    parked boolean;
begin
    select json_agg(e.consumer order by e.consumer) into ready
    from jsonb_to_recordset(consumers) as e (consumer text, topics text[])
    left join platform.consumers c on c.name = e.consumer
    where c.name is null
       or (c.topics @> e.topics and c.topics <@ e.topics) is not true
       or exists (
           select from (
               select o.aggregatetype, row_number() over () as n
               from (select b.aggregatetype from platform.outbox b
                     where (b.xid, b.seq) > (c.xid, c.seq)
                     order by b.xid, b.seq limit 100) o) ahead
           where ahead.aggregatetype = any (e.topics) or ahead.n = 100);
    select exists (select from platform.parked_events p where p.state = 'retry' and p.run_at <= platform.now())
        or exists (select from platform.parked_events p where p.state = 'running' and p.leased_until < platform.now())
    into parked;
    return json_build_object('consumers', coalesce(ready, '[]'), 'parked', parked);
end
$$;
