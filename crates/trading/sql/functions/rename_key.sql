-- Gives a key another label; null keeps it. With `expected`, only if that is still its version. Answers renamed | stale | not_found.
create or replace function trading.rename_key(context jsonb, owner uuid, key_id uuid, expected bigint, label text)
returns jsonb
language plpgsql volatile
as $$
declare
    before trading.exchange_keys;
    stored trading.exchange_keys;
begin
    select k.* into before from trading.exchange_keys k
    where k.id = rename_key.key_id and k.user_id = rename_key.owner and k.disconnected_at is null
    for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if before.version <> coalesce(rename_key.expected, before.version) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if before.label = coalesce(rename_key.label, before.label) then
        return jsonb_build_object('outcome', 'renamed', 'key', trading.key_document(before));
    end if;
    update trading.exchange_keys k
    set label = rename_key.label, version = k.version + 1, updated_at = platform.now()
    where k.id = before.id
    returning k.* into stored;
    perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.updated', jsonb_build_object(
        'key_id', stored.id, 'user_id', stored.user_id, 'changed', jsonb_build_array('label'),
        'permissions', to_jsonb(stored.permissions), 'status', stored.status));
    perform platform.record(context, 'kraken.key.renamed', 'exchange_key', stored.id::text,
        jsonb_build_object('label', before.label), jsonb_build_object('label', stored.label));
    return jsonb_build_object('outcome', 'renamed', 'key', trading.key_document(stored));
end
$$;
