-- Gives the lease back; whoever has taken the lane over keeps it. A lane that no key ever took is forgotten, so that keys
-- that were refused leave nothing behind; but for one that is to be left alone, until a day has passed (trading.sweep_lanes).
create or replace function trading.leave_lane(lane bytea, holder uuid) returns jsonb
language plpgsql volatile
as $$
begin
    if exists (select from trading.exchange_keys k where k.lane = leave_lane.lane and k.disconnected_at is null)
       or exists (select from trading.key_lanes l where l.lane = leave_lane.lane and l.locked_until > platform.now()) then
        update trading.key_lanes l set leased_until = '-infinity', holder = null
        where l.lane = leave_lane.lane and l.holder = leave_lane.holder;
    else
        delete from trading.key_lanes l where l.lane = leave_lane.lane and l.holder = leave_lane.holder;
    end if;
    return jsonb_build_object('outcome', 'left');
end
$$;
