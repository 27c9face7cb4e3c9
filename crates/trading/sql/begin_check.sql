select trading.begin_check($1, $2, $3)::text
