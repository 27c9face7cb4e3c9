-- The heartbeat of a worker that reads for a consumer. False if it does so no more.
create or replace function platform.extend_consumer(consumer text, holder uuid, lease_ms bigint) returns boolean
language plpgsql volatile
as $$
begin
    update platform.consumers k set leased_until = platform.now() + make_interval(secs => lease_ms / 1000.0)
    where k.name = extend_consumer.consumer and k.lease_holder = holder;
    return found;
end
$$;
