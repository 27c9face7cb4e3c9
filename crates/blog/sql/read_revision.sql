select revision, moved_to from blog.read_revision($1, $2, $3, $4)
