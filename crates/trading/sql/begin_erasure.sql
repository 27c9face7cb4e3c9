select trading.begin_erasure($1, $2)::text
