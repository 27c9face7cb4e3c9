select identity.ask_for_code($1, $2, $3)::text
