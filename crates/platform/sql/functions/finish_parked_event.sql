-- Writes down how the attempt at a parked event ended: done, retry, snooze or dead, as platform.finish_tasks. When it is done,
-- the next of its key has its turn. False if the lease was lost.
create or replace function platform.finish_parked_event(
    holder uuid, consumer text, xid text, seq bigint, outcome text, error text, status int, delay_ms bigint) returns boolean
language plpgsql volatile
set enable_seqscan = off
set jit = off
as $$
declare
    parked platform.parked_events;
begin
    perform from platform.consumers k where k.name = finish_parked_event.consumer for update;
    select p.* into parked from platform.parked_events p
    where p.consumer = finish_parked_event.consumer and p.xid = finish_parked_event.xid::xid8 and p.seq = finish_parked_event.seq
      and p.state = 'running' and p.lease_holder = finish_parked_event.holder
    for update;
    if not found then
        return false;
    end if;
    if finish_parked_event.outcome = 'done' then
        perform platform.drop_parked_event(parked);
        return true;
    end if;
    update platform.parked_events p
    set state = case when finish_parked_event.outcome = 'dead' then 'dead' else 'retry' end,
        attempts = p.attempts - (finish_parked_event.outcome = 'snooze')::int,
        snoozes = p.snoozes + (finish_parked_event.outcome = 'snooze')::int,
        run_at = platform.now() + make_interval(secs => coalesce(delay_ms, 0) / 1000.0),
        lease_holder = null, leased_until = null, lost = false,
        errors = platform.add_error(p.errors, p.attempts, coalesce(error, ''), status)
    where p.consumer = parked.consumer and p.xid = parked.xid and p.seq = parked.seq;
    return true;
end
$$;
