-- Deliveries go after thirty days (blog.purge_posts).
create index deliveries_created on blog.deliveries (created_at);
