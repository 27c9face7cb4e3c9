select trading.get_backtest($1, $2)::text
