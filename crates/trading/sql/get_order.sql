select trading.get_order($1, $2)::text
