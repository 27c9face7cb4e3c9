select identity.begin_passkey_registration($1, $2, $3, $4)::text
