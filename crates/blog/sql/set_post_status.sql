select blog.set_post_status($1, $2, $3, $4, $5, $6)::text
