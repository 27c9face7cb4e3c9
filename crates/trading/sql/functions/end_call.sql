-- Gives the lane of a key back.
create or replace function trading.end_call(key_id uuid, holder uuid) returns jsonb
language sql volatile
as $$
    select trading.leave_lane(k.lane, end_call.holder) from trading.exchange_keys k where k.id = end_call.key_id
$$;
