select identity.ask_for_password_reset($1, $2)::text
