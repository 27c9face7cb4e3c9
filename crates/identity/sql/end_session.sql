select identity.end_session($1, $2, $3)::text
