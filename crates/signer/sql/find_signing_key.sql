select identity.signing_key($1)::text
