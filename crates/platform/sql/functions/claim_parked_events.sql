-- Takes up to `wanted` parked events that are due, each the first of its key, for the consumers named; one whose last worker was lost
-- alone, so that it takes no others with it. Answers [{consumer, xid, seq, topic, payload, attempt, snoozes}].
create or replace function platform.claim_parked_events(
    holder uuid, consumers text[], wanted int, max_attempts int, lease_ms bigint) returns text
language plpgsql volatile
set enable_seqscan = off
set jit = off
as $$
declare
    alone   boolean;
    claimed json;
begin
    -- What a worker left behind. The attempt counts: an event that kills its worker must come to an end.
    update platform.parked_events p
    set state = case when p.attempts >= claim_parked_events.max_attempts then 'dead' else 'retry' end,
        lease_holder = null, leased_until = null, run_at = platform.now(), lost = true,
        errors = platform.add_error(p.errors, p.attempts, 'The worker was lost: its lease ran out.', null)
    from (select l.consumer, l.xid, l.seq from platform.parked_events l
          where l.state = 'running' and l.leased_until < platform.now()
          limit 100
          for update skip locked) gone
    where p.consumer = gone.consumer and p.xid = gone.xid and p.seq = gone.seq;

    select p.lost into alone from platform.parked_events p
    where p.state = 'retry' and p.run_at <= platform.now() and p.consumer = any (claim_parked_events.consumers)
    order by p.run_at limit 1
    for update skip locked;
    if not found then
        return '[]';
    end if;
    with due as (
        select p.consumer, p.xid, p.seq from platform.parked_events p
        where p.state = 'retry' and p.run_at <= platform.now() and p.consumer = any (claim_parked_events.consumers)
          and p.lost = alone
        order by p.run_at limit case when alone then 1 else wanted end
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
