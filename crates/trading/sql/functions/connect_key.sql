-- Stores a verified, sealed key. `connected` is the answer of `kraken` (`connected` of spindle:exchange). Answers
--   connected          with the key,
--   already_connected  the key or its account is connected, by whomever,
--   replayed, mismatch as platform.claim_idempotency.
create or replace function trading.connect_key(
    context jsonb, owner uuid, principal text, route text, idempotency_key text, request_hash bytea,
    key_id uuid, lane bytea, holder uuid, label text, mode text, connected jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    report jsonb := connected -> 'report';
    claim  record;
    stored trading.exchange_keys;
begin
    perform identity.require_live(context);
    -- The claim of a key that is refused would answer its repetition with a resource that there is not.
    if exists (
        select from trading.exchange_keys k
        where k.exchange = 'kraken' and k.disconnected_at is null
          and (k.key_fingerprint = connected ->> 'fingerprint'
               or k.account_fingerprint = report ->> 'account_fingerprint')
          and not exists (
              select from platform.claimed_keys i
              where i.principal = connect_key.principal and i.route = connect_key.route
                and i.key = connect_key.idempotency_key)) then
        perform trading.leave_lane(connect_key.lane, connect_key.holder);
        return jsonb_build_object('outcome', 'already_connected');
    end if;

    insert into trading.exchange_keys as k (
        id, user_id, exchange, label, mode, status, last4, key_fingerprint, account_fingerprint, lane,
        permissions, warnings, verified_by, verified_at, modified_at, valid_until, ip_allowlist, nonce_window,
        sealed_key, sealed_secret, checked_at, created_at, updated_at)
    values (
        connect_key.key_id, connect_key.owner, 'kraken', connect_key.label, connect_key.mode, 'active',
        connected ->> 'last4', connected ->> 'fingerprint', report ->> 'account_fingerprint', connect_key.lane,
        array(select jsonb_array_elements_text(report -> 'permissions')),
        array(select jsonb_array_elements_text(report -> 'warnings')),
        report ->> 'verified_by', platform.now(),
        to_timestamp((report ->> 'modified_at')::bigint), to_timestamp((report ->> 'valid_until')::bigint),
        array(select jsonb_array_elements_text(report -> 'ip_allowlist')), (report ->> 'nonce_window')::bigint,
        connected ->> 'sealed_key', connected ->> 'sealed_secret', platform.now(), platform.now(), platform.now())
    on conflict do nothing
    returning k.* into stored;
    if not found then
        perform trading.leave_lane(connect_key.lane, connect_key.holder);
        return jsonb_build_object('outcome', 'already_connected');
    end if;

    select c.outcome, c.resource_id into claim from platform.claim_idempotency(
        connect_key.principal, connect_key.route, connect_key.idempotency_key, connect_key.request_hash, connect_key.key_id) c;
    if claim.outcome <> 'claimed' then
        -- Two different keys under one Idempotency-Key at the same moment: the first one counts.
        delete from trading.exchange_keys k where k.id = connect_key.key_id;
        perform trading.leave_lane(connect_key.lane, connect_key.holder);
        return jsonb_build_object('outcome', claim.outcome, 'key_id', claim.resource_id);
    end if;

    perform trading.leave_lane(connect_key.lane, connect_key.holder);
    perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.connected', jsonb_build_object(
        'key_id', stored.id, 'user_id', stored.user_id, 'label', stored.label, 'last4', stored.last4,
        'mode', stored.mode, 'permissions', to_jsonb(stored.permissions),
        'valid_until', platform.time_text(stored.valid_until)));
    perform platform.record(context, 'kraken.key.connected', 'exchange_key', stored.id::text,
        null, trading.key_document(stored));
    return jsonb_build_object('outcome', 'connected', 'key', trading.key_document(stored));
end
$$;
