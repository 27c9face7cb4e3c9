select items, last_number, moved_to from blog.list_revisions($1, $2, $3, $4, $5)
