-- Takes a key's lane for a piece of work of so many points and hands out what `kraken` needs for it. `owner` null: anybody's key.
-- Answers begun | busy | limited | not_found.
create or replace function trading.begin_call(owner uuid, key_id uuid, holder uuid, points bigint) returns jsonb
language plpgsql volatile
as $$
declare
    stored trading.exchange_keys;
    lease  record;
begin
    select k.* into stored from trading.exchange_keys k
    where k.id = begin_call.key_id and (begin_call.owner is null or k.user_id = begin_call.owner)
      and k.disconnected_at is null;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    select l.outcome, l.nonce, l.retry_ms into lease
    from trading.take_lane(stored.lane, begin_call.holder, begin_call.points, stored.tier) l;
    if lease.outcome <> 'taken' then
        return jsonb_build_object('outcome', lease.outcome, 'retry_ms', lease.retry_ms);
    end if;
    return jsonb_build_object(
        'outcome', 'begun', 'nonce', lease.nonce, 'mode', stored.mode,
        'owner', stored.user_id, 'sealed_key', stored.sealed_key, 'sealed_secret', stored.sealed_secret);
end
$$;
