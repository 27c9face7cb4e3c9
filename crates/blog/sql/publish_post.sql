select blog.publish_post($1, $2, $3, $4, $5, $6)::text
