-- Gives the lease of a key's lane back and leaves the key alone for so many seconds: the exchange wants that, of a key that nobody has
-- connected too, or each attempt to connect it would make a lockout longer.
create or replace function trading.pause_lane(lane bytea, holder uuid, seconds bigint) returns jsonb
language plpgsql volatile
as $$
begin
    update trading.key_lanes l
    set locked_until = greatest(l.locked_until, platform.now() + pause_lane.seconds * interval '1 second')
    where l.lane = pause_lane.lane;
    return trading.leave_lane(pause_lane.lane, pause_lane.holder);
end
$$;
