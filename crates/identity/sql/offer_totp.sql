select identity.offer_totp($1, $2, $3, $4, $5)::text
