select items, last from platform.list_tickets($1, $2, $3, $4)
