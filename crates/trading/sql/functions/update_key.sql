-- Changes what `wanted` names of label, pairs, max_order_value, max_daily_value, limits_quote, max_orders_per_hour and tier: absent
-- keeps, null clears. With `expected`, only if that is still its version. Answers updated | stale | not_found.
create or replace function trading.update_key(context jsonb, owner uuid, key_id uuid, expected bigint, wanted jsonb)
returns jsonb
language plpgsql volatile
as $$
declare
    found_key record;
    before    trading.exchange_keys;
    stored    trading.exchange_keys;
    changed   text[];
begin
    perform identity.require_live(context);
    select l.stored, l.refusal into found_key
    from trading.lock_key(update_key.owner, update_key.key_id, update_key.expected) l;
    if found_key.refusal is not null then
        return jsonb_build_object('outcome', found_key.refusal);
    end if;
    before := found_key.stored;
    stored := before;
    stored.label := coalesce(wanted ->> 'label', before.label);
    stored.tier := coalesce(wanted ->> 'tier', before.tier);
    if wanted ? 'pairs' then
        stored.pairs := case when jsonb_typeof(wanted -> 'pairs') = 'array'
            then array(select jsonb_array_elements_text(wanted -> 'pairs')) end;
    end if;
    if wanted ? 'max_order_value' then
        stored.max_order_value := (wanted ->> 'max_order_value')::numeric;
    end if;
    if wanted ? 'max_daily_value' then
        stored.max_daily_value := (wanted ->> 'max_daily_value')::numeric;
    end if;
    if wanted ? 'limits_quote' then
        stored.limits_quote := wanted ->> 'limits_quote';
    end if;
    if wanted ? 'max_orders_per_hour' then
        stored.max_orders_per_hour := (wanted ->> 'max_orders_per_hour')::int;
    end if;
    changed := array_remove(array[
        case when stored.label <> before.label then 'label' end,
        case when stored.tier <> before.tier then 'tier' end,
        case when stored.pairs is distinct from before.pairs then 'pairs' end,
        case when stored.max_order_value is distinct from before.max_order_value then 'max_order_value' end,
        case when stored.max_daily_value is distinct from before.max_daily_value then 'max_daily_value' end,
        case when stored.limits_quote is distinct from before.limits_quote then 'limits_quote' end,
        case when stored.max_orders_per_hour is distinct from before.max_orders_per_hour then 'max_orders_per_hour' end], null);
    if cardinality(changed) = 0 then
        return jsonb_build_object('outcome', 'updated', 'key', trading.key_document(before));
    end if;
    update trading.exchange_keys k
    set label = stored.label, tier = stored.tier, pairs = stored.pairs, max_order_value = stored.max_order_value,
        max_daily_value = stored.max_daily_value, limits_quote = stored.limits_quote, max_orders_per_hour = stored.max_orders_per_hour,
        version = k.version + 1, updated_at = platform.now()
    where k.id = before.id
    returning k.* into stored;
    perform platform.emit(context, 'kraken.events', stored.id::text, 'kraken.key.updated', jsonb_build_object(
        'key_id', stored.id, 'user_id', stored.user_id, 'changed', to_jsonb(changed),
        'permissions', to_jsonb(stored.permissions), 'status', stored.status));
    perform platform.record(context, 'kraken.key.changed', 'exchange_key', stored.id::text,
        trading.key_document(before), trading.key_document(stored));
    return jsonb_build_object('outcome', 'updated', 'key', trading.key_document(stored));
end
$$;
