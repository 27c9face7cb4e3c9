select identity.issue_password_reset($1, $2, $3, $4)::text
