select blog.import_posts($1, $2, $3)::text
