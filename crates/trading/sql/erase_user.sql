select trading.erase_user($1, $2)::text
