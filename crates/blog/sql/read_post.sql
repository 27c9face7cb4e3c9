select post, id, version from blog.read_post($1, $2, $3)
