select trading.list_bot_events($1, $2, $3, $4)::text
