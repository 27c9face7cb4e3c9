select items, last_id from blog.list_deliveries($1, $2, $3, $4)
