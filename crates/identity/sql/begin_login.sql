select identity.begin_login($1, $2, $3, $4)::text
