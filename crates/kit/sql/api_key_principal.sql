select identity.api_key_principal($1)::text
