-- What `/metrics` shows of posts and comments, counted along the indexes of what is visible.
create or replace function blog.metrics() returns table (name text, labels jsonb, value float8)
language sql stable
set enable_seqscan = off
as $$
    select 'spindle_posts', '{"status": "draft"}'::jsonb, count(*)::float8
    from blog.posts p
    where p.status = 'draft' and p.deleted_at is null
    union all
    select 'spindle_posts', '{"status": "scheduled"}', count(*)::float8
    from blog.posts p
    where p.status = 'published' and p.deleted_at is null and p.published_at > platform.now()
    union all
    select 'spindle_posts', '{"status": "published"}', count(*)::float8
    from blog.posts p
    where p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now()
    union all
    -- Those that are in their posts' counts.
    select 'spindle_comments', '{"state": "visible"}', count(*)::float8
    from blog.comments c
    where c.counted
    union all
    select 'spindle_comments', '{"state": "pending"}', count(*)::float8
    from blog.comments c
    where c.state = 'pending' and c.deleted_at is null
    union all
    -- And not judged since.
    select 'spindle_comments', '{"state": "reported"}', count(*)::float8
    from blog.comments c
    where c.reported and c.deleted_at is null
$$;
