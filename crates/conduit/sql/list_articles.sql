select blog.conduit_list_articles($1, $2, $3, $4, $5, $6)
