select trading.list_bot_days($1, $2, $3)::text
