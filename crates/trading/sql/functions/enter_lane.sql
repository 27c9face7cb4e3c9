-- Takes the lease of a key's lane and four nonces with it, the first of which is answered: none if somebody else has the
-- lane. Nonces are nanoseconds since the epoch and only rise. The lease, 20 s, is longer than the holder may take (13 s).
create or replace function trading.enter_lane(lane bytea, holder uuid) returns bigint
language plpgsql volatile
as $$
declare
    now_nanos bigint := (extract(epoch from platform.now()) * 1000000000)::bigint;
    nonces    constant bigint := 4;
    last      bigint;
begin
    insert into trading.key_lanes as l (lane, last_nonce, holder, leased_until)
    values (enter_lane.lane, now_nanos + nonces - 1, enter_lane.holder, platform.now() + interval '20 s')
    on conflict on constraint key_lanes_pkey do update
    set last_nonce = greatest(l.last_nonce + 1, now_nanos) + nonces - 1,
        holder = enter_lane.holder,
        leased_until = platform.now() + interval '20 s'
    where l.leased_until < platform.now()
    returning l.last_nonce into last;
    return last - nonces + 1;
end
$$;
