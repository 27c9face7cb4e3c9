select trading.begin_sync($1, $2)::text
