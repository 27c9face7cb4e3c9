select identity.take_passkey_ceremony($1, $2, $3)::text as take_passkey_ceremony
