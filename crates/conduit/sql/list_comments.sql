select blog.conduit_list_comments($1, $2)
