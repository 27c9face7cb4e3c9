select trading.tick_bots($1)::text
