select identity.oauth_revoke_consent($1, $2, $3)::text
