select identity.current_signing_key($1)::text
