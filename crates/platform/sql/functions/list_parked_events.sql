-- Parked events by consumer, each consumer's in the order of the events; of one consumer and of one state where these are given.
-- `size` of them, after the position `after_position` ("<xid>/<seq>") of the consumer `after_consumer` where these are given.
create or replace function platform.list_parked_events(
    consumer text, state text, after_consumer text, after_position text, size int) returns text
-- Each filter has its index; one plan for all of them would have none.
language plpgsql stable set plan_cache_mode = force_custom_plan
as $$
declare
    listed json;
begin
    select json_agg(platform.parked_event_document(p) order by p.consumer, p.xid, p.seq) into listed
    from (select p.* from platform.parked_events p
          where (list_parked_events.consumer is null or p.consumer = list_parked_events.consumer)
            and (list_parked_events.state is null or p.state = list_parked_events.state)
            and (list_parked_events.after_consumer is null
                 or (p.consumer, p.xid, p.seq) > (
                     list_parked_events.after_consumer,
                     split_part(list_parked_events.after_position, '/', 1)::xid8,
                     split_part(list_parked_events.after_position, '/', 2)::bigint))
          order by p.consumer, p.xid, p.seq limit list_parked_events.size) p;
    return coalesce(listed, '[]');
end
$$;
