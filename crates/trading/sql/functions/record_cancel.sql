-- What the exchange said to a cancellation, and the lane given back. Whatever it was, the order is looked up next: it may have
-- been filled before.
create or replace function trading.record_cancel(context jsonb, order_id uuid, holder uuid, result jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    ord trading.orders;
begin
    select o.* into ord from trading.orders o where o.id = record_cancel.order_id for update;
    perform trading.leave_lane((select k.lane from trading.exchange_keys k where k.id = ord.key_id), record_cancel.holder);
    if ord.finished_at is null then
        perform trading.log_order(ord.id, 'cancel_sent', result);
        perform trading.track_order(context, ord, platform.now());
    end if;
    return jsonb_build_object('outcome', 'recorded');
end
$$;
