select identity.list_api_keys($1, $2, $3)::text
