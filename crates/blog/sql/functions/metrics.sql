-- What `/metrics` shows of posts and comments.
create or replace function blog.metrics() returns table (name text, labels jsonb, value float8)
language sql stable
as $$
    select 'spindle_posts', jsonb_build_object('status', s.status), count(p.id)::float8
    from (values ('draft'), ('scheduled'), ('published')) s (status)
    left join blog.posts p
        on p.deleted_at is null
       and s.status = case when p.status = 'published' and p.published_at > platform.now() then 'scheduled'
                           else p.status end
    group by s.status
    union all
    select 'spindle_comments', '{"state": "visible"}', count(*)::float8
    from blog.comments c
    where c.state = 'approved' and c.deleted_at is null
    union all
    select 'spindle_comments', '{"state": "pending"}', count(*)::float8
    from blog.comments c
    where c.state = 'pending' and c.deleted_at is null
    union all
    -- Reported and not looked at by a moderator since.
    select 'spindle_comments', '{"state": "reported"}', count(distinct c.id)::float8
    from blog.comment_reports r
    join blog.comments c on c.id = r.comment_id
    where not c.moderated and c.deleted_at is null
$$;
