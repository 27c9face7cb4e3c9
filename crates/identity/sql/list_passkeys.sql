select identity.list_passkeys($1)::text
