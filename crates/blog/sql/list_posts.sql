select items, last_ms, last_id from blog.list_posts($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
