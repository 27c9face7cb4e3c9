select trading.bot_for_work($1)::text
