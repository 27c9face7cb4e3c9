select identity.rotate_keys($1)::text
