-- Shreds a key: without its envelopes nobody can use it, and the row remains for the record. With `expected`, only
-- if that is still its version. Answers disconnected | stale | not_found.
create or replace function trading.disconnect_key(context jsonb, owner uuid, key_id uuid, expected bigint) returns jsonb
language plpgsql volatile
as $$
declare
    stored trading.exchange_keys;
begin
    update trading.exchange_keys k
    set sealed_key = null, sealed_secret = null, status = 'disconnected', disconnected_at = platform.now(),
        updated_at = platform.now(), version = k.version + 1
    where k.id = disconnect_key.key_id and k.user_id = disconnect_key.owner and k.disconnected_at is null
      and k.version = coalesce(disconnect_key.expected, k.version)
    returning k.* into stored;
    if not found then
        return jsonb_build_object('outcome', case when trading.get_key(disconnect_key.owner, disconnect_key.key_id) is null
            then 'not_found' else 'stale' end);
    end if;
    perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.disconnected', jsonb_build_object(
        'key_id', stored.id, 'user_id', stored.user_id, 'reason', 'user'));
    perform platform.record(context, 'kraken.key.disconnected', 'exchange_key', stored.id::text,
        trading.key_document(stored), null);
    return jsonb_build_object('outcome', 'disconnected');
end
$$;
