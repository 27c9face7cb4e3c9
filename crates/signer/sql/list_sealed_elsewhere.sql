select identity.list_sealed_elsewhere($1, $2, $3)::text
