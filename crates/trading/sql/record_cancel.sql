select trading.record_cancel($1, $2, $3, $4)::text
