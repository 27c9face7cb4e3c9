-- Tags of posts whose time had not come when they were counted: blog.tags does not count them before it has, as nobody sees them. The task
-- `announce_post` does then (blog.announce_scheduled). In the order of blog.index_post: it reads a post's tags before it counts them.
alter table blog.post_tags add column scheduled boolean not null default false;
lock table blog.tags in share row exclusive mode;

with scheduled as (
    update blog.post_tags t set scheduled = true
    from blog.posts p
    where p.status = 'published' and p.deleted_at is null and p.published_at > now() and t.post_id = p.id
    returning t.tag, t.author_id)
update blog.tags t set posts_count = greatest(t.posts_count - s.posts, 0)
from (
    select c.tag, count(*) as posts
    from scheduled c
    where c.author_id not in (select h.author_id from blog.hidden_authors h)
    group by c.tag) s
where t.tag = s.tag;
