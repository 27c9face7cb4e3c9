-- The task `purge_posts`: what was deleted thirty days ago goes for good, a hundred at a time. Answers how many went.
create or replace function blog.purge_posts(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    gone uuid;
    many int := 0;
begin
    for gone in
        select p.id from blog.posts p
        where p.deleted_at <= platform.now() - interval '30 days'
        order by p.deleted_at limit 100 for update skip locked
    loop
        delete from blog.posts p where p.id = gone;
        perform platform.record(context, 'post.purged', 'post', gone::text, null, null);
        many := many + 1;
    end loop;
    return jsonb_build_object('purged', many);
end
$$;
