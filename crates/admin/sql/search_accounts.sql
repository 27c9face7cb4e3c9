select identity.search_accounts($1, $2, $3, $4, $5, $6)::text
