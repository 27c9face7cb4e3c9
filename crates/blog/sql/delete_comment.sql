select blog.delete_comment($1, $2, $3, $4, $5)::text
