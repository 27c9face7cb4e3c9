select identity.public_keys()::text
