select items, last_path, moved_to from blog.list_comments($1, $2, $3, $4, $5)
