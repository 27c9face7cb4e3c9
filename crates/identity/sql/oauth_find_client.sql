select identity.oauth_find_client($1)::text
