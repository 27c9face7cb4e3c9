select identity.oauth_begin_request($1, $2)::text as request
