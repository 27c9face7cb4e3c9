-- What a post is found by: title before tags before summary before text, and marks. A tsvector holds a megabyte, so of a very long
-- text the first 400,000 characters count.
create or replace function blog.search_vector(post blog.posts) returns tsvector
language sql immutable
as $$
    select setweight(to_tsvector('english', blog.fold(post.title)), 'A')
        || setweight(to_tsvector('english', blog.fold(array_to_string(post.tags, ' '))), 'B')
        || setweight(to_tsvector('english', blog.fold(coalesce(post.summary, ''))), 'C')
        || setweight(to_tsvector('english', blog.fold(left(post.text, 400000))), 'D')
        || blog.search_marks(post.published_at, post.author_id, post.tags)
$$;
