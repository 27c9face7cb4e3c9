-- Takes an order back, or asks for it. Nothing of an intent or a paper order is at an exchange, so those end here and now. Answers
--   canceled   it has ended,
--   requested  the exchange will be asked,
--   over       it had ended before,
--   not_found, stale.
create or replace function trading.cancel_order(context jsonb, owner uuid, order_id uuid, expected bigint) returns jsonb
language plpgsql volatile
as $$
declare
    ord trading.orders;
begin
    if cancel_order.owner is not null then
        perform identity.require_live(context);
    end if;
    select o.* into ord from trading.orders o
    where o.id = cancel_order.order_id and (cancel_order.owner is null or o.user_id = cancel_order.owner) for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if ord.version <> coalesce(cancel_order.expected, ord.version) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if ord.finished_at is not null then
        return jsonb_build_object('outcome', 'over', 'state', ord.state);
    end if;
    if ord.state = 'intent' or ord.mode = 'paper' then
        ord := trading.move_order(context, ord, 'canceled', 'canceled');
        return jsonb_build_object('outcome', 'canceled', 'order', trading.order_document(ord));
    end if;
    if ord.cancel_requested_at is null then
        update trading.orders o set cancel_requested_at = platform.now(), version = o.version + 1, updated_at = platform.now()
        where o.id = ord.id returning o.* into ord;
        perform trading.log_order(ord.id, 'cancel_requested', jsonb_build_object('actor', context ->> 'actor'));
        perform trading.ask_to_cancel(context, ord.id);
    end if;
    return jsonb_build_object('outcome', 'requested', 'order', trading.order_document(ord));
end
$$;
