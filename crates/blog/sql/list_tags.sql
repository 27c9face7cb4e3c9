select items, last_count, last_tag from blog.list_tags($1, $2, $3, $4)
