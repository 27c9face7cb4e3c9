-- Publishes what happened to a post.
create or replace function blog.announce(context jsonb, type text, post blog.posts) returns void
language sql volatile
as $$
    select platform.emit(context, 'blog.events', post.id::text, type, jsonb_build_object(
        'post_id', post.id, 'author_id', post.author_id, 'slug', post.slug, 'title', post.title, 'version', post.version))
$$;
