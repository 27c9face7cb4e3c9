-- The task `purge_posts`: what was deleted thirty days ago goes for good, a hundred posts at a time, and deliveries that are as old, five
-- hundred at a time. Answers how many went.
create or replace function blog.purge_posts(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    gone       uuid;
    posts      int := 0;
    deliveries int := 0;
begin
    for gone in
        select p.id from blog.posts p
        where p.deleted_at <= platform.now() - interval '30 days'
        order by p.deleted_at limit 100 for update skip locked
    loop
        delete from blog.posts p where p.id = gone;
        perform platform.record(context, 'post.purged', 'post', gone::text, null, null);
        posts := posts + 1;
    end loop;
    delete from blog.deliveries d
    where d.id in (
        select o.id from blog.deliveries o
        where o.created_at <= platform.now() - interval '30 days'
        order by o.created_at limit 500 for update skip locked);
    get diagnostics deliveries = row_count;
    return jsonb_build_object('purged', posts, 'deliveries', deliveries);
end
$$;
