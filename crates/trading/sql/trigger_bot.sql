select trading.trigger_bot($1, $2, $3, $4, $5)::text
