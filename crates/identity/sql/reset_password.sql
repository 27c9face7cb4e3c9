select identity.reset_password($1, $2, $3, $4, $5, $6)::text
