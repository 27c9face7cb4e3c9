-- An order as its owner sees it.
create or replace function trading.order_document(ord trading.orders) returns jsonb
language sql stable
as $$
    select trading.priced_order(ord, case when (ord).volume_executed > 0 then trading.average_price(ord) end)
$$;
