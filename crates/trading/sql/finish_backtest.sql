select trading.finish_backtest($1, $2, $3)::text
