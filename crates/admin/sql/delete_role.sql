select identity.delete_role($1, $2, $3, $4)::text
