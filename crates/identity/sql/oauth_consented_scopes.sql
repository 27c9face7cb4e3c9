select identity.oauth_consented_scopes($1, $2)::text
