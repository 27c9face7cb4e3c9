select trading.begin_call($1, $2, $3, $4::bigint)::text
