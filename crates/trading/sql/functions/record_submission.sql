-- What the exchange said to an order that was sent, and the lane given back. `result` is one of
--   {placed: {txid, description}}  it is there,
--   {refused: text}                it is certain that it is not,
--   {deferred: text}               it is certain that it is not, and it may be sent again,
--   {unknown: text}                nobody knows; it will be looked up.
create or replace function trading.record_submission(context jsonb, order_id uuid, holder uuid, result jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    ord trading.orders;
begin
    select o.* into ord from trading.orders o where o.id = record_submission.order_id for update;
    perform trading.leave_lane((select k.lane from trading.exchange_keys k where k.id = ord.key_id), record_submission.holder);
    -- The lookup may have been quicker.
    if ord.state not in ('submitted', 'unknown') then
        return jsonb_build_object('outcome', 'over');
    end if;
    if result ? 'placed' then
        update trading.orders o set txid = result #>> '{placed,txid}' where o.id = ord.id returning o.* into ord;
        ord := trading.move_order(context, ord, 'open', null, result -> 'placed');
        perform trading.track_order(context, ord, platform.now());
    elsif result ? 'refused' then
        ord := trading.move_order(context, ord, 'rejected', result ->> 'refused');
    elsif result ? 'deferred' then
        ord := trading.move_order(context, ord, 'intent', null, result);
    elsif ord.state <> 'unknown' then
        ord := trading.move_order(context, ord, 'unknown', null, result);
    end if;
    return jsonb_build_object('outcome', 'recorded', 'order', trading.order_document(ord));
end
$$;
