select items, last_id, last_since from platform.list_support_queue($1, $2, $3, $4, $5, $6)
