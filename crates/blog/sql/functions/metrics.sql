-- What `/metrics` shows of posts.
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
$$;
