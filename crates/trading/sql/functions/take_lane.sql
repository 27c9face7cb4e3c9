-- Takes the lease of a key's lane, four nonces, and `points` of the exchange's counter of calls. Nonces are nanoseconds since
-- the epoch and only rise. The lease, 20 s, is longer than the holder may take (13 s). Answers
--   taken    with the first nonce,
--   busy     somebody else has the lane,
--   limited  the counter has no room, or the exchange has locked the key out; how long that lasts, in milliseconds.
-- Counter and decay are the tier's (Kraken, "REST rate limits"); two points stay free for what we don't know of.
create or replace function trading.take_lane(
    lane bytea, holder uuid, points numeric, tier text,
    out outcome text, out nonce bigint, out retry_ms bigint)
language plpgsql volatile
as $$
declare
    nonces    constant bigint := 4;
    moment    timestamptz := platform.now();
    now_nanos bigint := (extract(epoch from moment) * 1000000000)::bigint;
    most      numeric := case tier when 'starter' then 15 else 20 end - 2;
    decay     numeric := case tier when 'starter' then 0.33 when 'intermediate' then 0.5 else 1 end;
    stored    trading.key_lanes;
    charged   numeric;
begin
    insert into trading.key_lanes as l (lane, last_nonce) values (take_lane.lane, 0)
    on conflict on constraint key_lanes_pkey do nothing;
    -- Whoever holds the row for a moment is taking or leaving the lane: no reason to queue up behind them.
    select l.* into stored from trading.key_lanes l where l.lane = take_lane.lane for update skip locked;
    if not found or stored.leased_until >= moment then
        outcome := 'busy';
        return;
    end if;
    if stored.locked_until > moment then
        outcome := 'limited';
        retry_ms := ceil(extract(epoch from stored.locked_until - moment) * 1000);
        return;
    end if;
    charged := points + case when stored.spent_at = '-infinity' then 0
        else greatest(0, stored.spent - decay * extract(epoch from moment - stored.spent_at)) end;
    if points > 0 and charged > most then
        outcome := 'limited';
        retry_ms := ceil((charged - most) / decay * 1000);
        return;
    end if;
    update trading.key_lanes l
    set last_nonce = greatest(l.last_nonce + 1, now_nanos) + nonces - 1, holder = take_lane.holder,
        leased_until = moment + interval '20 s', spent = charged, spent_at = moment
    where l.lane = take_lane.lane
    returning l.last_nonce - nonces + 1 into nonce;
    outcome := 'taken';
end
$$;
