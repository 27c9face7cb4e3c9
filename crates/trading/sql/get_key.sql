select trading.get_key($1, $2)::text
