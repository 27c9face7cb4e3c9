select identity.issue_code($1, $2, $3, $4, $5)::text
