select blog.announce_scheduled($1, $2)::text
