select post, etag, moved_to from blog.read_post($1, $2, $3)
