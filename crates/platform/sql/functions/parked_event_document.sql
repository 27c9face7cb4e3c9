-- A parked event as operators see it. Its data are not shown: they may be somebody's.
create or replace function platform.parked_event_document(p platform.parked_events) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'consumer', p.consumer, 'event_id', p.event_id, 'topic', p.topic, 'key', p.key, 'type', p.payload ->> 'type',
        'position', p.xid::text || '/' || p.seq, 'state', p.state, 'attempts', p.attempts, 'snoozes', p.snoozes,
        'request_id', p.payload ->> 'requestid', 'traceparent', p.payload ->> 'traceparent',
        'run_at', platform.time_text(p.run_at), 'parked_at', platform.time_text(p.parked_at),
        'leased_until', platform.time_text(p.leased_until), 'errors', p.errors);
$$;
