select trading.list_orders($1, $2, $3, $4, $5, $6)::text
