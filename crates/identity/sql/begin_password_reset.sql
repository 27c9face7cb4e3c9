select identity.begin_password_reset($1, $2, $3)::text
