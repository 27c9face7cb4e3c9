select identity.oauth_rotate_refresh_token($1, $2, $3, $4, $5, $6, $7, $8, $9)::text
