select identity.oauth_revoke_access_token($1, $2, $3)::text
