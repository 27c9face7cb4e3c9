select blog.finish_delivery($1, $2, $3, $4)::text
