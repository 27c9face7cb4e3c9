select trading.record_execution($1, $2, $3, $4, $5)::text
