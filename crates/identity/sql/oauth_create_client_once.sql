select identity.oauth_create_client_once($1, $2, $3, $4, $5, $6, $7, $8)::text
