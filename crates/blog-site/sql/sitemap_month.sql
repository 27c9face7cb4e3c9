select blog.sitemap_month($1)::text
