select blog.list_page($1, $2, $3, $4, $5)::text
