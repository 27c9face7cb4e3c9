select identity.set_account_roles($1, $2, $3, $4, $5, $6)::text
