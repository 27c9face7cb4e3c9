select identity.oauth_update_client($1, $2, $3, $4, $5)::text
