select trading.delay_bot($1, $2, $3, $4)::text
