select trading.list_keys($1, $2, $3)::text
