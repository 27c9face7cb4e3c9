select trading.end_call($1, $2)::text
