-- The next events for a consumer, under a lease that lets one worker at a time read for it. Answers {status, …}:
--   events  {events: [{xid, seq, topic, key, payload, parked}], xid, seq, more}: to be taken in order for each key and then
--           passed by platform.advance_consumer(xid, seq). `parked`: an earlier event of the key waits, so this one must too.
--   passed  only other topics' events were there, and they are behind now; {more},
--   none    nothing; `more` says that an event is held back by a transaction that is still running: look again in a moment,
--   busy    another worker reads for this consumer, and will look again before it ends.
-- Where a worker was lost with events in hand, those come one by one: platform.recover_consumer.
-- Order is (xid, seq), up to the oldest transaction that is still running: what commits later comes later, nothing is skipped.
create or replace function platform.read_events(
    consumer text, topics text[], holder uuid, size int, lease_ms bigint) returns text
language plpgsql volatile
set enable_seqscan = off
set enable_bitmapscan = off
set jit = off
as $$
declare
    c       platform.consumers;
    singly  boolean;
    last    record;
    found_events json;
    more    boolean;
begin
    insert into platform.consumers (name, topics, created_at, moved_at)
    select read_events.consumer, read_events.topics, platform.now(), platform.now()
    where not exists (select from platform.consumers k where k.name = read_events.consumer)
    on conflict (name) do nothing;
    select k.* into c from platform.consumers k where k.name = read_events.consumer for update;
    if c.lease_holder <> holder and c.leased_until > platform.now() then
        return json_build_object('status', 'busy');
    end if;
    if c.lease_holder <> holder then
        select r.* into c from platform.recover_consumer(c) r;
    end if;
    singly := coalesce((c.singly_xid, c.singly_seq) > (c.xid, c.seq), false);

    -- A statement of its own, after the lock: its snapshot is younger than whatever the reader before has seen.
    with ahead as materialized (
        select o.xid, o.seq, o.aggregatetype, o.aggregateid, o.payload
        from platform.outbox o
        where (o.xid, o.seq) > (c.xid, c.seq) and o.xid < platform.transaction_horizon()
        order by o.xid, o.seq limit size),
    -- One by one: none that has another of the consumer's before it.
    taken as materialized (
        select a.xid, a.seq, a.aggregatetype, a.aggregateid, a.payload
        from ahead a
        where not singly
           or not exists (select from ahead b
                          where (b.xid, b.seq) < (a.xid, a.seq) and b.aggregatetype = any (read_events.topics)))
    select (select a.xid from taken a order by a.xid desc, a.seq desc limit 1) as xid,
           (select a.seq from taken a order by a.xid desc, a.seq desc limit 1) as seq,
           (select json_agg(json_build_object(
                        'xid', a.xid::text, 'seq', a.seq, 'topic', a.aggregatetype, 'key', a.aggregateid, 'payload', a.payload,
                        'parked', exists (select from platform.parked_events p
                                          where p.consumer = read_events.consumer and p.key = a.aggregateid))
                    order by a.xid, a.seq)
            from taken a where a.aggregatetype = any (read_events.topics)) as events
    into last;
    found_events := last.events;
    more := exists (
        select from platform.outbox o
        where (o.xid, o.seq) > (coalesce(last.xid, c.xid), coalesce(last.seq, c.seq)));

    if found_events is not null then
        update platform.consumers k
        set topics = read_events.topics, handed_xid = last.xid, handed_seq = last.seq, lease_holder = holder,
            leased_until = platform.now() + make_interval(secs => lease_ms / 1000.0)
        where k.name = read_events.consumer;
        return json_build_object(
            'status', 'events', 'events', found_events, 'xid', last.xid::text, 'seq', last.seq, 'more', more);
    end if;
    update platform.consumers k
    set topics = read_events.topics, lease_holder = null, leased_until = null,
        xid = coalesce(last.xid, k.xid), seq = coalesce(last.seq, k.seq),
        moved_at = case when last.xid is null then k.moved_at else platform.now() end
    where k.name = read_events.consumer
      and (last.xid is not null or k.lease_holder is not null or k.topics <> read_events.topics);
    return json_build_object('status', case when last.xid is null then 'none' else 'passed' end, 'more', more);
end
$$;
