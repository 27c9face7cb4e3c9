select blog.conduit_create_article($1, $2, $3, $4, $5)
