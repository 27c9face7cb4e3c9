select identity.begin_confirmation($1, $2, $3, $4, $5)::text
