-- Posts to be seen, as the RealWorld API writes them for one reader; those of disabled accounts are not there. A view with a parameter,
-- as blog.shown_posts. `head` is what lists show, members of a JSON object without braces. Tags are in their author's order, `sought` before
-- the others where it is one of them.
create or replace function blog.conduit_articles(reader uuid, sought text) returns table (id uuid, head text, body text)
language sql stable
as $$
    select p.id,
           concat('"slug":', to_json(p.slug),
                  ',"title":', to_json(p.title),
                  ',"description":', to_json(coalesce(p.summary, '')),
                  ',"tagList":', to_json(case when sought = any (p.tags) then sought || array_remove(p.tags, sought) else p.tags end),
                  ',"createdAt":"', platform.time_text(p.published_at),
                  '","updatedAt":"', platform.time_text(greatest(p.updated_at, p.published_at)),
                  '","favorited":', (conduit_articles.reader is not null and exists (
                      select 1 from blog.favorites f where f.user_id = conduit_articles.reader and f.post_id = p.id))::text,
                  ',"favoritesCount":', p.favorites_count,
                  ',"author":{"username":', to_json(a.username),
                  ',"bio":', coalesce(to_json(nullif(o.bio, '')), 'null'),
                  ',"image":', coalesce(to_json(nullif(o.image_url, '')), 'null'),
                  ',"following":', (conduit_articles.reader is not null and exists (
                      select 1 from profile.public_follows w
                      where w.follower_id = conduit_articles.reader and w.followed_id = p.author_id))::text, '}'),
           p.body
    from blog.posts p
    join identity.public_accounts a on a.id = p.author_id
    left join profile.public_profiles o on o.user_id = p.author_id
    where p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now()
$$;
