select identity.list_permissions()::text
