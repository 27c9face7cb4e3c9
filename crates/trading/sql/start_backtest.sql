select trading.start_backtest($1, $2)::text
