-- Who reads the outbox, how far each has read, and what waits for it, as platform.queue_figures counts it.
create or replace function platform.list_consumers() returns text
language sql stable
as $$
    select coalesce(json_agg(json_build_object(
        'name', c.name, 'topics', c.topics, 'position', c.xid::text || '/' || c.seq,
        'moved_at', platform.time_text(c.moved_at), 'lag_events', f.figures -> 'lag_events',
        'lag_s', f.figures -> 'lag_s', 'parked', f.figures -> 'parked', 'dead', f.figures -> 'dead') order by c.name), '[]')::text
    from platform.consumers c
    join jsonb_array_elements(platform.queue_figures()::jsonb -> 'consumers') f (figures) on f.figures ->> 'consumer' = c.name;
$$;
