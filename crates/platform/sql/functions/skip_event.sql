-- Gives a parked event up for its consumer; those of its key behind it go on. Answers {outcome}: skipped, wrong_state (a worker has
-- it), stale (`version` is another), not_found.
create or replace function platform.skip_event(context jsonb, consumer text, event_id uuid, version int8) returns text
language plpgsql volatile
as $$
declare
    parked  platform.parked_events;
    present int8;
begin
    perform from platform.consumers k where k.name = skip_event.consumer for update;
    select p.* into parked from platform.parked_events p
    where p.consumer = skip_event.consumer and p.event_id = skip_event.event_id for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    select p.xmin::text::int8 into present from platform.parked_events p
    where p.consumer = parked.consumer and p.xid = parked.xid and p.seq = parked.seq;
    if skip_event.version <> present then
        return jsonb_build_object('outcome', 'stale');
    elsif parked.state = 'running' then
        return jsonb_build_object('outcome', 'wrong_state');
    end if;
    perform platform.drop_parked_event(parked);
    perform platform.record(context, 'event.skipped', 'event', parked.event_id::text,
        jsonb_build_object('state', parked.state, 'consumer', parked.consumer, 'errors', parked.errors), null);
    return jsonb_build_object('outcome', 'skipped');
end
$$;
