select blog.purge_posts($1)::text
