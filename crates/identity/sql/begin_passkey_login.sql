select identity.begin_passkey_login($1, $2, $3, $4)::text
