select identity.oauth_find_device($1, $2)::text
