select blog.conduit_set_favorite($1, $2, $3, $4)::text
