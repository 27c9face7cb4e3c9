-- Tags of articles to be seen, those of most articles first, as a JSON text: {"tags": […]}. A thousand, and those of the newest hundred
-- articles whatever else there is: a tag is seen as soon as it is used.
create or replace function blog.conduit_list_tags() returns text
language plpgsql stable
as $$
begin
    return (
        select concat('{"tags":', coalesce(json_agg(k.tag order by k.posts_count desc, k.tag), '[]'), '}')
        from (
            (select t.tag, t.posts_count from blog.tags t
             where t.posts_count > 0 order by t.posts_count desc, t.tag limit 1000)
            union
            -- One by one: joined, the planner would read all tags for them.
            (select used.tag, t.posts_count
             from (select p.tags from blog.posts p
                   where p.status = 'published' and p.deleted_at is null and p.published_at <= platform.now()
                   order by p.published_at desc, p.id desc limit 100) newest
             cross join lateral unnest(newest.tags) as used (tag)
             cross join lateral (
                 select t.posts_count from blog.tags t where t.tag = used.tag and t.posts_count > 0 limit 1) t)) k
        -- An article that has come and whose author is not disabled is mostly the first that is looked at.
        where exists (
            select 1
            from (select t.author_id from blog.post_tags t
                  where t.tag = k.tag and t.published_at <= platform.now()
                  order by t.published_at desc, t.post_id desc limit 1000) used
            cross join lateral (select 1 from identity.public_accounts a where a.id = used.author_id limit 1) a));
end
$$;
