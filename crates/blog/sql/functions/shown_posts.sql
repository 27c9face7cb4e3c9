-- Posts as one reader sees them; those of disabled accounts are not there. A view with a parameter: the planner puts it into the
-- query that reads it, so the condition there finds the index. `head` is what lists show, members of a JSON object without braces;
-- `status` tells a post whose time has not come from one that is to be seen.
create or replace function blog.shown_posts(reader uuid)
returns table (
    id uuid, slug text, author_id uuid, status text, published_at timestamptz, created_at timestamptz, deleted_at timestamptz,
    body text, html text, toc jsonb, text text, series text, version int8, etag text, head text)
language sql stable
as $$
    select p.id, p.slug, p.author_id, s.status, p.published_at, p.created_at, p.deleted_at,
           p.body, p.html, p.toc, p.text, p.series, p.version,
           -- The tail changes with what a client may cache but not edit; If-Match compares what is before the dot.
           concat('"', replace(p.id::text, '-', ''), '-', p.version, '.', p.favorites_count, '.', p.comments_count, '.', f.favorited::int,
                  '"'),
           concat(coalesce(p.head, blog.post_head(p)),
                  ',"status":"', s.status,
                  '","series":', coalesce(to_json(p.series), 'null'),
                  ',"favorites_count":', p.favorites_count,
                  ',"comments_count":', p.comments_count,
                  ',"favorited":', f.favorited::text,
                  ',"author":{"username":', to_json(a.username),
                  ',"display_name":', coalesce(to_json(o.display_name), 'null'),
                  ',"image_url":', coalesce(to_json(o.image_url), 'null'), '}')
    from blog.posts p
    join identity.public_accounts a on a.id = p.author_id
    left join profile.public_profiles o on o.user_id = p.author_id
    cross join lateral (
        select case when p.deleted_at is not null then 'deleted'
                    when p.status = 'draft' then 'draft'
                    when p.published_at > platform.now() then 'scheduled'
                    else 'published' end as status) s
    cross join lateral (
        select shown_posts.reader is not null and exists (
            select 1 from blog.favorites f where f.user_id = shown_posts.reader and f.post_id = p.id) as favorited) f
$$;
