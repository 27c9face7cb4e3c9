-- Leaves a key alone, whoever asks, for as long as the exchange locks it out.
create or replace function trading.lock_out(lane bytea) returns void
language sql volatile
as $$
    update trading.key_lanes l set locked_until = platform.now() + interval '15 minutes' where l.lane = lock_out.lane
$$;
