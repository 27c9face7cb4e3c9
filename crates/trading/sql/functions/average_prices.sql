-- What each of these orders was carried out at, to ten decimals; no row before its first execution. Of prices, not of costs, which are
-- rounded.
create or replace function trading.average_prices(orders uuid[]) returns table (order_id uuid, price numeric)
language sql stable
as $$
    select f.order_id, round(sum(f.price * f.volume) / sum(f.volume), 10)
    from trading.fills f
    where f.order_id = any (average_prices.orders)
    group by f.order_id
$$;
