-- Writes an order's intent and asks for the work. `wanted` is {id, key_id, mode, pair, base, quote, side, type, volume,
-- limit_price, post_only, value}. Answers
--   created     with the order,
--   no_key      there is no such key of this account,
--   key_unfit   it is not active, or only reads,
--   replayed, mismatch as platform.claim_idempotency.
create or replace function trading.create_order(
    context jsonb, owner uuid, principal text, route text, idempotency_key text, request_hash bytea, wanted jsonb)
returns jsonb
language plpgsql volatile
as $$
declare
    key    trading.exchange_keys;
    claim  record;
    stored trading.orders;
begin
    perform identity.require_live(context);
    select c.outcome, c.resource_id into claim from platform.claim_idempotency(
        create_order.principal, create_order.route, create_order.idempotency_key, create_order.request_hash,
        (wanted ->> 'id')::uuid) c;
    if claim.outcome <> 'claimed' then
        return jsonb_build_object('outcome', claim.outcome, 'order_id', claim.resource_id);
    end if;
    if wanted ->> 'mode' = 'live' then
        select k.* into key from trading.exchange_keys k
        where k.id = (wanted ->> 'key_id')::uuid and k.user_id = create_order.owner and k.disconnected_at is null;
        if key.id is null or key.status <> 'active' or key.mode <> 'trade' then
            perform platform.release_idempotency(principal, route, idempotency_key);
            return jsonb_build_object('outcome', case when key.id is null then 'no_key' else 'key_unfit' end);
        end if;
    end if;
    stored := trading.insert_order(context, create_order.owner, null, null, wanted);
    perform platform.record(context, 'order.created', 'order', stored.id::text, null, trading.order_document(stored));
    return jsonb_build_object('outcome', 'created', 'order', trading.order_document(stored));
end
$$;
