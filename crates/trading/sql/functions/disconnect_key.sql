-- Shreds a key: without its envelopes nobody can use it, and the row remains for the record. Its bots stop. What was not taken back
-- at the exchange before, after trading.begin_disconnect, is out of our reach from here on, and its owner is told so.
-- Answers disconnected | not_found.
create or replace function trading.disconnect_key(context jsonb, owner uuid, key_id uuid, why text default 'user') returns jsonb
language plpgsql volatile
as $$
declare
    stored trading.exchange_keys;
begin
    if disconnect_key.why = 'user' then
        perform identity.require_live(context);
    end if;
    update trading.exchange_keys k
    set sealed_key = null, sealed_secret = null, status = 'disconnected', disconnected_at = platform.now(),
        updated_at = platform.now(), version = k.version + 1
    where k.id = disconnect_key.key_id and k.user_id = disconnect_key.owner and k.disconnected_at is null
    returning k.* into stored;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    -- Orders before their bots, as whoever writes down what became of one.
    perform from trading.orders o where o.key_id = stored.id and o.finished_at is null order by o.id for update;
    perform trading.stop_bots(context, stored.id, null, 'key', 'The exchange key was disconnected.');
    perform trading.let_go_of_orders(context, stored.id);
    perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.disconnected', jsonb_build_object(
        'key_id', stored.id, 'user_id', stored.user_id, 'reason', disconnect_key.why));
    perform platform.record(context, 'kraken.key.disconnected', 'exchange_key', stored.id::text,
        trading.key_document(stored), null);
    return jsonb_build_object('outcome', 'disconnected');
end
$$;
