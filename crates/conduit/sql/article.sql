select blog.conduit_article(blog.conduit_post($1), $2)
