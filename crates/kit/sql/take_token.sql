select platform.take_token($1, $2, $3)::text
