select trading.get_bot($1, $2)::text
