select identity.oauth_find_request($1, $2)::text
