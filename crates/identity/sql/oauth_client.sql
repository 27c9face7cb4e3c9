select identity.oauth_client($1)::text
