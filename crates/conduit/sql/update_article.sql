select blog.conduit_update_article($1, $2, $3, $4, $5, $6)::text
