select identity.list_roles()::text
