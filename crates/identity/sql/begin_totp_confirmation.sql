select identity.begin_totp_confirmation($1, $2)::text
