select identity.current_id_token_key()::text
