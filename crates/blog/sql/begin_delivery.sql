select coalesce(blog.begin_delivery($1), 'null')
