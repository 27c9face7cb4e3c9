-- Before a key is shredded, while the exchange can still be reached with it: its bots stop, and what may rest there is named. With
-- `expected`, only if that is still its version. Answers begun with `orders` | stale | not_found.
create or replace function trading.begin_disconnect(context jsonb, owner uuid, key_id uuid, expected bigint) returns jsonb
language plpgsql volatile
as $$
declare
    stored trading.exchange_keys;
begin
    perform identity.require_live(context);
    select k.* into stored from trading.exchange_keys k
    where k.id = begin_disconnect.key_id and k.user_id = begin_disconnect.owner and k.disconnected_at is null
    for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if stored.version <> coalesce(begin_disconnect.expected, stored.version) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform trading.stop_bots(context, stored.id, null, 'key', 'The exchange key was disconnected.');
    return jsonb_build_object('outcome', 'begun', 'orders', to_jsonb(trading.live_orders(stored.user_id, stored.id)));
end
$$;
