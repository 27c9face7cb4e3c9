select trading.record_submission($1, $2, $3, $4)::text
