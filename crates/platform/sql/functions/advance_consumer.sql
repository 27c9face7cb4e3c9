-- A consumer has taken everything up to (xid, seq) but what is in `parked`, [{xid, seq, error, status, delay_ms, outcome}]: events
-- that it could not take (outcome retry, snooze or dead), and events of the same keys behind them (outcome behind). False if the
-- lease was lost: then nothing changes, and the events come again.
create or replace function platform.advance_consumer(
    consumer text, holder uuid, xid text, seq bigint, parked jsonb, lease_ms bigint) returns boolean
language plpgsql volatile
set enable_seqscan = off
set jit = off
as $$
declare
    e record;
begin
    -- Also keeps platform.finish_parked_event from emptying a key while an event is put behind it.
    perform from platform.consumers k
    where k.name = advance_consumer.consumer and k.lease_holder = holder
    for update;
    if not found then
        return false;
    end if;
    for e in
        select o.xid, o.seq, o.id, o.aggregatetype, o.aggregateid, o.payload,
               p.outcome, p.error, p.status, coalesce(p.delay_ms, 0) as delay_ms
        from jsonb_to_recordset(parked) as p (
            xid text, seq bigint, outcome text, error text, status int, delay_ms bigint)
        join platform.outbox o on o.xid = p.xid::xid8 and o.seq = p.seq
        order by o.xid, o.seq
    loop
        insert into platform.parked_events (
            consumer, xid, seq, event_id, topic, key, payload, state, attempts, snoozes, run_at, errors, parked_at)
        values (
            advance_consumer.consumer, e.xid, e.seq, e.id, e.aggregatetype, e.aggregateid, e.payload,
            case
                when exists (select from platform.parked_events b
                             where b.consumer = advance_consumer.consumer and b.key = e.aggregateid
                               and (b.xid, b.seq) < (e.xid, e.seq)) then 'behind'
                when e.outcome = 'dead' then 'dead'
                else 'retry' end,
            (e.outcome in ('retry', 'dead'))::int, (e.outcome = 'snooze')::int,
            platform.now() + make_interval(secs => e.delay_ms / 1000.0),
            case when e.error is null then '[]' else platform.add_error('[]', 1, e.error, e.status) end,
            platform.now())
        on conflict on constraint parked_events_pkey do nothing;
    end loop;
    update platform.consumers k
    set xid = advance_consumer.xid::xid8, seq = advance_consumer.seq, moved_at = platform.now(),
        leased_until = platform.now() + make_interval(secs => lease_ms / 1000.0)
    where k.name = advance_consumer.consumer;
    return true;
end
$$;
