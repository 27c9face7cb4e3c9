select identity.begin_login($1, $2, $3, $4, $5, $6)::text
