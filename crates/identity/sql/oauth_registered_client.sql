select identity.oauth_registered_client($1, $2)::text
