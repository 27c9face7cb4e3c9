select trading.list_executions($1, $2, $3, $4)::text
