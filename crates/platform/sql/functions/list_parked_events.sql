-- Parked events, oldest first, of one consumer and state where these are given. At most `size`.
create or replace function platform.list_parked_events(consumer text, state text, size int) returns text
language sql stable
as $$
    select coalesce(json_agg(json_build_object(
        'consumer', p.consumer, 'event_id', p.event_id, 'topic', p.topic, 'key', p.key, 'type', p.payload ->> 'type',
        'position', p.xid::text || '/' || p.seq, 'state', p.state, 'attempts', p.attempts, 'errors', p.errors,
        'run_at', platform.time_text(p.run_at), 'parked_at', platform.time_text(p.parked_at),
        'request_id', p.payload ->> 'requestid') order by p.parked_at, p.xid, p.seq), '[]')::text
    from (select * from platform.parked_events q
          where (list_parked_events.consumer is null or q.consumer = list_parked_events.consumer)
            and (list_parked_events.state is null or q.state = list_parked_events.state)
          order by q.parked_at, q.xid, q.seq limit size) p;
$$;
