select trading.bot_status($1, $2)::text
