select trading.stop_unpermitted_bots($1, $2)::text
