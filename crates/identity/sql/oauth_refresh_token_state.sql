select identity.oauth_refresh_token_state($1, $2)::text
