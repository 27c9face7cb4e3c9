select comment, etag from blog.read_comment($1, $2, $3)
