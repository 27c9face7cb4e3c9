select blog.conduit_create_comment($1, $2, $3, $4, $5, $6)::text
