-- What a task needs to know of an order; null if there is none.
create or replace function trading.order_for_work(order_id uuid) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select jsonb_build_object(
            'id', o.id, 'mode', o.mode, 'pair', o.pair, 'side', o.side, 'volume', o.volume::text,
            'limit_price', o.limit_price::text, 'post_only', o.post_only, 'state', o.state)
        from trading.orders o where o.id = order_for_work.order_id);
end
$$;
