select items, last_id from blog.export_posts($1, $2)
