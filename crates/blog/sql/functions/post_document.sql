-- A whole post as one reader sees it; null while its author's account is disabled.
create or replace function blog.post_document(post blog.posts, reader uuid) returns json
language sql stable
as $$
    select json_build_object(
        'id', post.id,
        'slug', post.slug,
        'title', post.title,
        'summary', post.summary,
        'body', post.body,
        'html', post.html,
        'toc', post.toc,
        'tags', post.tags,
        'cover', post.cover,
        'canonical_url', post.canonical_url,
        'status', post.status,
        'published_at', platform.time_text(post.published_at),
        'created_at', platform.time_text(post.created_at),
        'updated_at', platform.time_text(post.updated_at),
        'reading_minutes', greatest(1, (post.words + 219) / 220),
        'favorites_count', post.favorites_count,
        'comments_count', post.comments_count,
        'favorited', exists (
            select 1 from blog.favorites f
            where f.user_id = post_document.reader and f.post_id = post.id),
        'author', json_build_object('username', a.username, 'display_name', p.display_name, 'image_url', p.image_url))
    from identity.public_accounts a
    left join profile.public_profiles p on p.user_id = a.id
    where a.id = post.author_id
$$;
