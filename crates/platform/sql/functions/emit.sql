-- Publishes an event with the writing statement: a CloudEvents 1.0 document in the outbox.
-- `context` is the request's: {request_id, traceparent, actor, address, agent}.
create or replace function platform.emit(context jsonb, topic text, key text, type text, data jsonb) returns uuid
language plpgsql volatile
as $$
declare
    event_id uuid := platform.uuid_v7();
begin
    insert into platform.outbox (id, aggregatetype, aggregateid, type, payload, created_at)
    values (
        event_id, topic, key, type,
        jsonb_strip_nulls(jsonb_build_object(
            'specversion', '1.0',
            'id', event_id,
            'source', '/spindle/' || split_part(topic, '.', 1),
            'type', type,
            'subject', key,
            'time', platform.time_text(platform.now()),
            'datacontenttype', 'application/json',
            'traceparent', context ->> 'traceparent',
            'requestid', context ->> 'request_id')) || jsonb_build_object('data', data),
        platform.now());
    return event_id;
end
$$;
