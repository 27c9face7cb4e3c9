select trading.disconnect_key($1, $2, $3)::text
