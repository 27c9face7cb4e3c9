-- Forgets a consumer that nobody reads for any more, and the events that are parked for it: else it falls behind for ever. Where
-- somebody does, it begins again with the oldest event that is kept. Answers {outcome}: forgotten, not_found.
create or replace function platform.forget_consumer(context jsonb, consumer text) returns text
language plpgsql volatile
as $$
declare
    gone platform.consumers;
begin
    delete from platform.consumers k where k.name = forget_consumer.consumer
    returning k.* into gone;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    perform platform.record(context, 'consumer.forgotten', 'consumer', gone.name,
        jsonb_build_object('topics', gone.topics, 'position', gone.xid::text || '/' || gone.seq), null);
    return jsonb_build_object('outcome', 'forgotten');
end
$$;
