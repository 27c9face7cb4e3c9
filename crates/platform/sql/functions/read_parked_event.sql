-- One parked event as operators see it, {event, version}, null if there is none. Its version is the transaction that wrote it last, as
-- with tasks.
create or replace function platform.read_parked_event(consumer text, event_id uuid) returns text
language sql stable
as $$
    select jsonb_build_object('event', platform.parked_event_document(p), 'version', p.xmin::text::int8)::text
    from platform.parked_events p
    where p.event_id = read_parked_event.event_id and p.consumer = read_parked_event.consumer
$$;
