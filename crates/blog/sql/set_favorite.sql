select blog.set_favorite($1, $2, $3, $4)::text
