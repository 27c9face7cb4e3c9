select trading.begin_disconnect($1, $2, $3, $4)::text
