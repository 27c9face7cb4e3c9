select items, last_number from blog.list_revisions($1, $2, $3, $4, $5)
