-- Lets a parked event be tried again, now and with all its attempts. The history of its errors stays. Answers
-- {outcome, event, version}: requeued, not_first (an earlier event of its key must go first), wrong_state (a worker has it),
-- stale (`version` is another), not_found.
create or replace function platform.requeue_event(context jsonb, consumer text, event_id uuid, version int8) returns text
language plpgsql volatile
as $$
declare
    parked record;
begin
    perform from platform.consumers k where k.name = requeue_event.consumer for update;
    select p.*, p.xmin::text::int8 as version into parked from platform.parked_events p
    where p.consumer = requeue_event.consumer and p.event_id = requeue_event.event_id for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    elsif requeue_event.version <> parked.version then
        return jsonb_build_object('outcome', 'stale');
    elsif parked.state = 'behind' then
        return jsonb_build_object('outcome', 'not_first');
    elsif parked.state = 'running' then
        return jsonb_build_object('outcome', 'wrong_state')
            || platform.read_parked_event(parked.consumer, parked.event_id)::jsonb;
    end if;
    update platform.parked_events p set state = 'retry', attempts = 0, snoozes = 0, run_at = platform.now()
    where p.consumer = parked.consumer and p.xid = parked.xid and p.seq = parked.seq;
    perform platform.record(context, 'event.requeued', 'event', parked.event_id::text,
        jsonb_build_object('state', parked.state), jsonb_build_object('state', 'retry', 'consumer', parked.consumer));
    return jsonb_build_object('outcome', 'requeued')
        || platform.read_parked_event(parked.consumer, parked.event_id)::jsonb;
end
$$;
