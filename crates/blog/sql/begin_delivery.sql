select blog.begin_delivery($1)
