select blog.restore_post($1, $2, $3, $4, $5)::text
