select blog.pending_edit($1, $2, $3)::text
