select identity.sweep()::text
