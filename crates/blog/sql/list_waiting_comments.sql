select items, last_number from blog.list_waiting_comments($1, $2, $3, $4)
