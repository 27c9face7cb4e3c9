-- A worker reads for a consumer no more.
create or replace function platform.release_consumer(consumer text, holder uuid) returns boolean
language plpgsql volatile
as $$
begin
    update platform.consumers k set lease_holder = null, leased_until = null
    where k.name = release_consumer.consumer and k.lease_holder = holder;
    return found;
end
$$;
