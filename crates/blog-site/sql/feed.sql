select f.stamp, f.document from blog.feed($1, $2, $3, $4) f
