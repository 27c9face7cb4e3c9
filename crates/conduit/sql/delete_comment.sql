select blog.conduit_delete_comment($1, $2, $3, $4)::text
