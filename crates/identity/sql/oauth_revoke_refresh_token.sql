select identity.oauth_revoke_refresh_token($1, $2, $3)::text
