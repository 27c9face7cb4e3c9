-- Takes up to `wanted` parked events that are due, each the first of its key, for the consumers named. Answers
-- [{consumer, xid, seq, topic, payload, attempt, snoozes}].
create or replace function platform.claim_parked_events(
    holder uuid, consumers text[], wanted int, lease_ms bigint) returns text
language plpgsql volatile
set enable_seqscan = off
set jit = off
as $$
declare
    claimed json;
begin
    update platform.parked_events p set state = 'retry', lease_holder = null, leased_until = null, run_at = platform.now()
    from (select l.consumer, l.xid, l.seq from platform.parked_events l
          where l.state = 'running' and l.leased_until < platform.now()
          limit 100
          for update skip locked) lost
    where p.consumer = lost.consumer and p.xid = lost.xid and p.seq = lost.seq;

    with due as (
        select p.consumer, p.xid, p.seq from platform.parked_events p
        where p.state = 'retry' and p.run_at <= platform.now() and p.consumer = any (claim_parked_events.consumers)
        order by p.run_at limit wanted
        for update skip locked),
    taken as (
        update platform.parked_events p
        set state = 'running', attempts = p.attempts + 1, lease_holder = claim_parked_events.holder,
            leased_until = platform.now() + make_interval(secs => lease_ms / 1000.0)
        from due where p.consumer = due.consumer and p.xid = due.xid and p.seq = due.seq
        returning p.*)
    select json_agg(json_build_object(
               'consumer', t.consumer, 'xid', t.xid::text, 'seq', t.seq, 'topic', t.topic, 'payload', t.payload,
               'attempt', t.attempts, 'snoozes', t.snoozes)
           order by t.run_at)
    into claimed from taken t;
    return coalesce(claimed, '[]');
end
$$;
