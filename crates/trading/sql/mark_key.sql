select trading.mark_key($1, $2, $3, $4)::text
