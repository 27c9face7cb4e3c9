select identity.oauth_attach_browser($1, $2, $3, $4)::text
