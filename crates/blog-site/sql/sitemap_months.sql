select blog.sitemap_months()::text
