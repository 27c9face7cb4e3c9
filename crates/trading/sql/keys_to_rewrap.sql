select trading.keys_to_rewrap($1, $2)::text
