select blog.update_webhook($1, $2, $3, $4, $5)::text
