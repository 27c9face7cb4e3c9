select identity.oauth_unknown_resources($1)::text
