select trading.check_keys($1)::text
