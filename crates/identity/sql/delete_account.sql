select identity.delete_account($1, $2, $3, $4, $5, $6)::text
