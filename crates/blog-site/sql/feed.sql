select blog.feed($1, $2, $3)::text
