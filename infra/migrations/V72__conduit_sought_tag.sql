-- Their successors know the tag that articles were found by (blog.conduit_page).
drop function if exists blog.conduit_articles(uuid);
drop function if exists blog.conduit_page(uuid[], int8, uuid);
