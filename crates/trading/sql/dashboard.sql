select trading.dashboard($1)::text
