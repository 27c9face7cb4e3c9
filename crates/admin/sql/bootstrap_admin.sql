select identity.bootstrap_admin($1, $2, $3, $4, $5, $6)::text
