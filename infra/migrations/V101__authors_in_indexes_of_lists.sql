-- Conduit counts the newest ten thousand posts without those of disabled accounts: with the author in the index it need not look the
-- posts up. The new ones are made before the old ones go, so that readers wait for no index to be built.
create index posts_published_with_author on blog.posts (published_at desc, id desc) include (author_id)
    where status = 'published' and deleted_at is null;
create index post_tags_published_with_author on blog.post_tags (tag, published_at desc, post_id desc) include (author_id)
    where published_at is not null;
drop index blog.posts_published;
drop index blog.post_tags_published;
alter index blog.posts_published_with_author rename to posts_published;
alter index blog.post_tags_published_with_author rename to post_tags_published;
