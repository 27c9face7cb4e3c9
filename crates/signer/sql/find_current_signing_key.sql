select identity.current_signing_key()::text
