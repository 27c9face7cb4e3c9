select trading.order_for_work($1)::text
