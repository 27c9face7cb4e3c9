select trading.cancel_order($1, $2, $3, $4)::text
