select identity.oauth_issue_code($1, $2, $3, $4, $5, $6, $7, $8)::text
