select identity.oauth_sweep()::text
