select identity.add_signing_key($1, $2, $3, $4, $5)::text
