select identity.delete_passkey($1, $2, $3, $4)::text
