select identity.oauth_user_claims($1, $2)::text
