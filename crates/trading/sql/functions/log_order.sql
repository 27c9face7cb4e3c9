-- Appends to an order's events. The caller holds the order's row.
create or replace function trading.log_order(order_id uuid, type text, data jsonb) returns void
language sql volatile
as $$
    insert into trading.order_events (order_id, seq, at, type, data)
    select log_order.order_id, coalesce(max(e.seq), 0) + 1, platform.now(), log_order.type,
           jsonb_strip_nulls(coalesce(log_order.data, '{}'))
    from trading.order_events e where e.order_id = log_order.order_id
$$;
