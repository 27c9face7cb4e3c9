select identity.oauth_keep_request($1, $2, $3, $4, $5)::text
