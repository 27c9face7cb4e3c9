select blog.conduit_feed($1, $2, $3)
