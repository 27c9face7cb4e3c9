select identity.me($1)::text
