select trading.list_bots($1, $2, $3)::text
