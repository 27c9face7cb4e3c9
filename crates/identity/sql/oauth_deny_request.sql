select identity.oauth_deny_request($1, $2, $3)::text
