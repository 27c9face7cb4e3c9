select blog.conduit_list_tags()
