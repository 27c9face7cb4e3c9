select identity.oauth_poll_device($1, $2, $3, $4, $5, $6)::text
