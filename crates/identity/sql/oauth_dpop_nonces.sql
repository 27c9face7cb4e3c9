select identity.oauth_dpop_nonces()::text
