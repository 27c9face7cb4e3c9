select items, last_rank, last_id, corrected from blog.search_posts($1, $2, $3, $4, $5)
