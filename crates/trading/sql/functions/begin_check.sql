-- Takes a key's lane and hands out what `kraken` needs to check it. Answers begun | busy | not_found.
create or replace function trading.begin_check(owner uuid, key_id uuid, holder uuid) returns jsonb
language plpgsql volatile
as $$
declare
    stored trading.exchange_keys;
    nonce  bigint;
begin
    select k.* into stored from trading.exchange_keys k
    where k.id = begin_check.key_id and k.user_id = begin_check.owner and k.disconnected_at is null;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    nonce := trading.enter_lane(stored.lane, begin_check.holder);
    if nonce is null then
        return jsonb_build_object('outcome', 'busy');
    end if;
    return jsonb_build_object(
        'outcome', 'begun', 'nonce', nonce, 'mode', stored.mode,
        'sealed_key', stored.sealed_key, 'sealed_secret', stored.sealed_secret);
end
$$;
