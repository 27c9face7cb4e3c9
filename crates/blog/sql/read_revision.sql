select revision, moved_to, hashtextextended(revision, 0) as version from blog.read_revision($1, $2, $3, $4)
