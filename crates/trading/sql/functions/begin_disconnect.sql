-- Before a key is shredded, while the exchange can still be reached with it: its bots stop, and what may rest there is named. With
-- `expected`, only if that is still its version. Answers begun with `orders` | stale | not_found.
create or replace function trading.begin_disconnect(context jsonb, owner uuid, key_id uuid, expected bigint) returns jsonb
language plpgsql volatile
as $$
declare
    found_key record;
    stored    trading.exchange_keys;
begin
    perform identity.require_live(context);
    select l.stored, l.refusal into found_key
    from trading.lock_key(begin_disconnect.owner, begin_disconnect.key_id, begin_disconnect.expected) l;
    if found_key.refusal is not null then
        return jsonb_build_object('outcome', found_key.refusal);
    end if;
    stored := found_key.stored;
    perform trading.stop_bots(context, stored.id, null, 'key', 'The exchange key was disconnected.');
    return jsonb_build_object('outcome', 'begun', 'orders', to_jsonb(trading.live_orders(stored.user_id, stored.id)));
end
$$;
