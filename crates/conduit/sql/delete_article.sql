select blog.conduit_delete_article($1, $2, $3)::text
