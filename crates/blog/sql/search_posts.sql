select items, last, corrected from blog.search_posts($1, $2, $3, $4)
