select identity.oauth_access_token_state($1, $2, $3, $4, $5, $6)::text
