select identity.oauth_rotate_secret($1, $2, $3, $4, $5, $6)::text
