-- What a lookup has found, and the lane given back. `found` is the exchange's order (`exchange-order` of spindle:exchange), null
-- where there is none, and `trades` its executions as far as they are listed. `failed` true: nothing was learnt. Instead of
-- the four points that were charged for it, `used` were. `next_page` is where the next lookup of an order that has ended goes on.
--
-- An order that was sent and not found twice after its deadline does not exist: not_placed. An order that has ended at the
-- exchange ends here once all its executions are listed, so that its fills always add up.
create or replace function trading.record_sync(
    context jsonb, order_id uuid, holder uuid, failed boolean, found_order jsonb, trades jsonb, used int,
    next_page bigint)
returns jsonb
language plpgsql volatile
as $$
declare
    ord      trading.orders;
    trade    jsonb;
    status   text := lower(found_order ->> 'status');
    executed numeric := (found_order ->> 'executed')::numeric;
begin
    select o.* into ord from trading.orders o where o.id = record_sync.order_id for update;
    update trading.key_lanes l set spent = greatest(0, l.spent - 4 + used)
    from trading.exchange_keys k
    where k.id = ord.key_id and l.lane = k.lane and l.holder = record_sync.holder;
    perform trading.leave_lane((select k.lane from trading.exchange_keys k where k.id = ord.key_id), record_sync.holder);
    if ord.finished_at is not null or ord.state = 'intent' then
        return jsonb_build_object('outcome', 'over');
    end if;
    if failed then
        perform trading.track_order(context, ord);
        return jsonb_build_object('outcome', 'waiting');
    end if;
    if found_order is null then
        update trading.orders o set absences = o.absences + 1 where o.id = ord.id returning o.* into ord;
        if ord.absences >= 2 and ord.txid is null then
            ord := trading.move_order(context, ord, 'not_placed', 'not found at the exchange after its deadline');
            return jsonb_build_object('outcome', 'settled', 'order', trading.order_document(ord));
        end if;
        perform trading.log_order(ord.id, 'not_found', jsonb_build_object('times', ord.absences));
        perform trading.track_order(context, ord, platform.now() + interval '5 s');
        return jsonb_build_object('outcome', 'waiting');
    end if;

    update trading.orders o set txid = found_order ->> 'txid', absences = 0 where o.id = ord.id returning o.* into ord;
    for trade in select t.value from jsonb_array_elements(trades) t(value) loop
        ord := trading.add_fill(context, ord, trade);
    end loop;
    if status in ('pending', 'open') then
        if ord.volume_executed > 0 and ord.state <> 'partially_filled' then
            ord := trading.move_order(context, ord, 'partially_filled', null);
        elsif ord.volume_executed = 0 and ord.state <> 'open' then
            ord := trading.move_order(context, ord, 'open', null);
        end if;
        -- A cancellation that came before the order did is asked for again.
        if ord.cancel_requested_at is not null then
            perform platform.enqueue(context, 'cancel_order', ord.id || ':' || ord.rounds,
                jsonb_build_object('order_id', ord.id));
        end if;
        perform trading.track_order(context, ord);
        return jsonb_build_object('outcome', 'waiting');
    end if;
    if ord.volume_executed < executed then
        -- Other orders of the key may have hundreds of executions between the first of its own and its end.
        update trading.orders o set pages = record_sync.next_page where o.id = ord.id returning o.* into ord;
        perform trading.track_order(context, ord);
        return jsonb_build_object('outcome', 'waiting');
    end if;
    ord := trading.move_order(context, ord,
        case when status = 'closed' then 'filled' when status = 'expired' then 'expired' else 'canceled' end,
        found_order ->> 'reason');
    return jsonb_build_object('outcome', 'settled', 'order', trading.order_document(ord));
end
$$;
