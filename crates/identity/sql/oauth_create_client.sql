select identity.oauth_create_client($1, $2, $3, $4, $5)::text
