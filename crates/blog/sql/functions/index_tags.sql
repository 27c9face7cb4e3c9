-- Writes a post's tags where lists look for them.
create or replace function blog.index_tags(post blog.posts) returns void
language sql volatile
as $$
    delete from blog.post_tags t where t.post_id = post.id;
    insert into blog.post_tags (post_id, tag, author_id, published_at)
    select post.id, tag, post.author_id,
           case when post.status = 'published' and post.deleted_at is null then post.published_at end
    from unnest(post.tags) tag;
$$;
