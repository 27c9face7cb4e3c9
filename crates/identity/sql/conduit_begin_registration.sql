select identity.conduit_begin_registration($1, $2, $3, $4)::text
