-- What one order was carried out at; null before its first execution.
create or replace function trading.average_price(ord trading.orders) returns numeric
language sql stable
as $$
    select a.price from trading.average_prices(array[(ord).id]) a
$$;
