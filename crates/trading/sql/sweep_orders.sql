select trading.sweep_orders($1)::text
