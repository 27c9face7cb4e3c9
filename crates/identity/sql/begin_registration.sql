select identity.begin_registration($1, $2, $3)::text
