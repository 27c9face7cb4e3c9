select platform.update_ticket($1, $2, $3, $4)::text
