select trading.command_bot($1, $2, $3, $4, $5)::text
