-- One parked event as operators see it, null if there is none.
create or replace function platform.read_parked_event(consumer text, event_id uuid) returns text
language sql stable
as $$
    select platform.parked_event_document(p)::text from platform.parked_events p
    where p.event_id = read_parked_event.event_id and p.consumer = read_parked_event.consumer;
$$;
