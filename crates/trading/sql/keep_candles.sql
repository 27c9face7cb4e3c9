select trading.keep_candles($1, $2, $3)::text
