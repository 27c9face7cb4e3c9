select blog.sitemap_part($1)::text
