select trading.begin_submission($1, $2, $3, $4)::text
