select b::text as json, hashtextextended(b::text, 0) as version from trading.get_backtest($1, $2) b
