-- After the worker was lost that read for a consumer, whose row the caller has locked. If that was amid a batch, any of its events may
-- have done it: none is charged, and up to the batch's end they go one by one. One that was handed over alone has used up an attempt
-- and is parked, and the position moves past it: platform.claim_parked_events goes on counting. Answers the row as it is then.
create or replace function platform.recover_consumer(before platform.consumers) returns platform.consumers
language plpgsql volatile
set enable_seqscan = off
set jit = off
as $$
declare
    recovered platform.consumers := before;
begin
    if (before.handed_xid, before.handed_seq) > (before.xid, before.seq) then
        if (before.handed_xid, before.handed_seq) <= (before.singly_xid, before.singly_seq) then
            -- Behind another of its key it was not tried at all.
            insert into platform.parked_events (
                consumer, xid, seq, event_id, topic, key, payload, state, attempts, run_at, errors, parked_at, lost)
            select before.name, o.xid, o.seq, o.id, o.aggregatetype, o.aggregateid, o.payload, 'retry', 1, platform.now(),
                   platform.add_error('[]', 1, 'The worker was lost: its lease ran out.', null), platform.now(), true
            from platform.outbox o
            where o.xid = before.handed_xid and o.seq = before.handed_seq
              and not exists (select from platform.parked_events p
                              where p.consumer = before.name and p.key = o.aggregateid);
            if found then
                recovered.xid := before.handed_xid;
                recovered.seq := before.handed_seq;
                recovered.moved_at := platform.now();
            end if;
        else
            recovered.singly_xid := before.handed_xid;
            recovered.singly_seq := before.handed_seq;
        end if;
    end if;
    update platform.consumers k
    set xid = recovered.xid, seq = recovered.seq, moved_at = recovered.moved_at,
        singly_xid = recovered.singly_xid, singly_seq = recovered.singly_seq,
        handed_xid = null, handed_seq = null, lease_holder = null, leased_until = null
    where k.name = before.name
    returning k.* into recovered;
    return recovered;
end
$$;
