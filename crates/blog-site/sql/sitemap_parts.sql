select blog.sitemap_parts()::text
