select identity.conduit_user($1, $2, $3)::text
