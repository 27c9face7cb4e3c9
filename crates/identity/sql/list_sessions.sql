select identity.list_sessions($1, $2, $3)::text
