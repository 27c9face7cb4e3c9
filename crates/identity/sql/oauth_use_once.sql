select identity.oauth_use_once($1, $2)::text
