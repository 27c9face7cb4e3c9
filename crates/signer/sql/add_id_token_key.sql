select identity.add_id_token_key($1, $2, $3, $4)::text
