select trading.keep_rewrapped($1, $2, $3, $4, $5)::text
