select identity.rotate_refresh_token($1, $2, $3, $4)::text
