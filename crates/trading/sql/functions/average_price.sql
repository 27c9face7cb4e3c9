-- What an order was carried out at, to ten decimals; null before its first execution. Of prices, not of costs, which are rounded.
create or replace function trading.average_price(ord trading.orders) returns numeric
language sql stable
as $$
    select round(sum(f.price * f.volume) / sum(f.volume), 10) from trading.fills f where f.order_id = (ord).id
$$;
