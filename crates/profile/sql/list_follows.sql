select items, last_ms, last_id from profile.list_follows($1, $2, $3, $4, $5, $6)
