-- Puts another key of the same account in a key's place: bots, limits and history stay. `connected` is the answer of `kraken`.
-- Answers
--   replaced           with the key,
--   another_account    the new key is of another account, or it cannot be told,
--   already_connected  the new key is connected elsewhere,
--   stale, not_found.
create or replace function trading.replace_key(
    context jsonb, owner uuid, key_id uuid, expected bigint, lane bytea, holder uuid, connected jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    report    jsonb := connected -> 'report';
    found_key record;
    before    trading.exchange_keys;
    stored    trading.exchange_keys;
    answer    text;
begin
    perform identity.require_live(context);
    select l.stored, l.refusal into found_key
    from trading.lock_key(replace_key.owner, replace_key.key_id, replace_key.expected) l;
    before := found_key.stored;
    answer := case
        when found_key.refusal is not null then found_key.refusal
        when before.account_fingerprint is distinct from report ->> 'account_fingerprint'
            or (before.account_fingerprint is null and before.key_fingerprint <> connected ->> 'fingerprint')
            then 'another_account'
        when exists (select from trading.exchange_keys k
            where k.id <> before.id and k.exchange = before.exchange and k.disconnected_at is null
              and k.key_fingerprint = connected ->> 'fingerprint') then 'already_connected' end;
    if answer is not null then
        perform trading.leave_lane(replace_key.lane, replace_key.holder);
        return jsonb_build_object('outcome', answer);
    end if;
    update trading.exchange_keys k
    set status = 'active', problem = null, last4 = connected ->> 'last4', key_fingerprint = connected ->> 'fingerprint',
        lane = replace_key.lane, sealed_key = connected ->> 'sealed_key', sealed_secret = connected ->> 'sealed_secret',
        permissions = array(select jsonb_array_elements_text(report -> 'permissions')),
        warnings = array(select jsonb_array_elements_text(report -> 'warnings')),
        verified_by = report ->> 'verified_by', verified_at = platform.now(), checked_at = platform.now(),
        modified_at = to_timestamp((report ->> 'modified_at')::bigint),
        valid_until = to_timestamp((report ->> 'valid_until')::bigint),
        ip_allowlist = array(select jsonb_array_elements_text(report -> 'ip_allowlist')),
        nonce_window = (report ->> 'nonce_window')::bigint, updated_at = platform.now(), version = k.version + 1
    where k.id = before.id
    returning k.* into stored;
    perform trading.leave_lane(replace_key.lane, replace_key.holder);
    perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.updated', jsonb_build_object(
        'key_id', stored.id, 'user_id', stored.user_id, 'changed', jsonb_build_array('key'),
        'permissions', to_jsonb(stored.permissions), 'status', stored.status));
    perform platform.record(context, 'kraken.key.replaced', 'exchange_key', stored.id::text,
        trading.key_document(before), trading.key_document(stored));
    return jsonb_build_object('outcome', 'replaced', 'key', trading.key_document(stored));
end
$$;
