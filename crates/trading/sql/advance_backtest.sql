select trading.advance_backtest($1, $2)::text
