-- Keeps what a check has found and gives the lane back. `report` is the exchange's (`key-report` of spindle:exchange); where the key
-- was not accepted `problem` says why, and `report` has the permissions alone, or is null where the exchange told none. `status` null:
-- nothing was learnt, only the lane is given back.
-- What changed is published; a key that is not fit any more stops what uses it, and its owner is told. `owner` null: anybody's key.
-- Answers recorded | not_found.
--
-- Locks are taken in the order that all keep who take several: a key or an order, its lane, bots. The key's is one that an order's
-- reference to it can pass: a bot that is stopped here may be writing one down.
create or replace function trading.record_check(
    context jsonb, owner uuid, key_id uuid, holder uuid, status text, problem text, report jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    before  trading.exchange_keys;
    stored  trading.exchange_keys;
    changed text[] := '{}';
begin
    select k.* into before from trading.exchange_keys k
    where k.id = record_check.key_id and (record_check.owner is null or k.user_id = record_check.owner)
      and k.disconnected_at is null
    for no key update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    perform trading.leave_lane(before.lane, record_check.holder);
    if record_check.status is null then
        return jsonb_build_object('outcome', 'recorded', 'key', trading.key_document(before));
    end if;
    if record_check.status = 'locked' then
        perform trading.lock_out(before.lane);
    end if;

    stored := before;
    stored.status := case when record_check.status = 'invalid' and before.valid_until <= platform.now() then 'expired'
        else record_check.status end;
    stored.problem := record_check.problem;
    if report is not null then
        stored.permissions := array(select jsonb_array_elements_text(report -> 'permissions'));
        stored.verified_by := report ->> 'verified_by';
    end if;
    if report is not null and record_check.status = 'active' then
        stored.warnings := array(select jsonb_array_elements_text(report -> 'warnings'));
        stored.modified_at := to_timestamp((report ->> 'modified_at')::bigint);
        stored.valid_until := to_timestamp((report ->> 'valid_until')::bigint);
        stored.ip_allowlist := array(select jsonb_array_elements_text(report -> 'ip_allowlist'));
        stored.nonce_window := (report ->> 'nonce_window')::bigint;
        stored.verified_at := platform.now();
    end if;
    changed := array_remove(array[
        case when stored.status <> before.status then 'status' end,
        case when stored.permissions <> before.permissions then 'permissions' end,
        case when stored.valid_until is distinct from before.valid_until then 'valid_until' end,
        case when stored.ip_allowlist <> before.ip_allowlist then 'ip_allowlist' end,
        case when stored.nonce_window <> before.nonce_window then 'nonce_window' end], null);
    update trading.exchange_keys k
    set status = stored.status, problem = stored.problem, permissions = stored.permissions, warnings = stored.warnings,
        verified_by = stored.verified_by, verified_at = stored.verified_at, modified_at = stored.modified_at,
        valid_until = stored.valid_until, ip_allowlist = stored.ip_allowlist, nonce_window = stored.nonce_window,
        checked_at = platform.now(), updated_at = platform.now(), version = k.version + 1
    where k.id = before.id
    returning k.* into stored;
    if cardinality(changed) > 0 then
        perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.updated', jsonb_build_object(
            'key_id', stored.id, 'user_id', stored.user_id, 'changed', to_jsonb(changed),
            'permissions', to_jsonb(stored.permissions), 'status', stored.status, 'reason', stored.problem));
    end if;
    if before.status = 'active' and stored.status <> 'active' then
        perform trading.key_became_unfit(context, stored);
    end if;
    perform platform.record(context, 'kraken.key.checked', 'exchange_key', stored.id::text,
        trading.key_document(before), trading.key_document(stored));
    return jsonb_build_object('outcome', 'recorded', 'key', trading.key_document(stored));
end
$$;
