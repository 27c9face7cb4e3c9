select identity.confirm_totp($1, $2, $3, $4, $5, $6, $7)::text
