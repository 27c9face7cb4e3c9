-- What a post says of itself wherever it is shown, as members of a JSON object without braces: all that only a change of the
-- post changes. Kept in posts.head, because making it again for each of the twenty posts of a list took half of the list's time.
create or replace function blog.post_head(post blog.posts) returns text
language plpgsql stable
as $$
begin
    return concat(
        '"id":"', post.id,
        '","slug":', to_json(post.slug),
        ',"title":', to_json(post.title),
        ',"summary":', coalesce(to_json(post.summary), 'null'),
        ',"tags":', to_json(post.tags),
        ',"cover":', coalesce(post.cover, 'null'),
        ',"canonical_url":', coalesce(to_json(post.canonical_url), 'null'),
        ',"comments":"', post.comments,
        '","published_at":', coalesce(to_json(platform.time_text(post.published_at)), 'null'),
        ',"created_at":"', platform.time_text(post.created_at),
        '","updated_at":"', platform.time_text(post.updated_at),
        '","reading_minutes":', greatest(1, (post.words + 219) / 220));
end
$$;

create or replace function blog.keep_post_head() returns trigger
language plpgsql
as $$
begin
    new.head := blog.post_head(new);
    return new;
end
$$;

-- Counts are not in it, so that a favourite costs no head.
create or replace trigger keep_post_head
before insert or update of slug, title, summary, tags, cover, canonical_url, comments, published_at, updated_at, words on blog.posts
for each row execute function blog.keep_post_head();
