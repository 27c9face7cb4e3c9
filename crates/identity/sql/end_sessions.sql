select identity.end_sessions($1, $2)::text
