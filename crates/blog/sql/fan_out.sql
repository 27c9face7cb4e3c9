select blog.fan_out($1, $2, $3, $4, $5)::text
