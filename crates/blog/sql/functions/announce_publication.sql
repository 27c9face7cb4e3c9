-- Tells what became of a post's visibility, each change once: post.published when it is to be seen first, post.unpublished when it no
-- longer is. For one whose time is to come a task tells it then; the post itself appears without it.
create or replace function blog.announce_publication(context jsonb, post blog.posts) returns blog.posts
language plpgsql volatile
as $$
declare
    seen boolean := post.status = 'published' and post.deleted_at is null and post.published_at <= platform.now();
begin
    if post.status = 'published' and post.deleted_at is null and not seen then
        perform platform.enqueue(
            context, 'announce_post', post.id || ':' || (extract(epoch from post.published_at) * 1000)::int8,
            jsonb_build_object('post_id', post.id), post.published_at);
    end if;
    if seen <> post.announced then
        update blog.posts p set announced = seen where p.id = post.id returning p.* into post;
        perform blog.announce(context, case when seen then 'post.published' else 'post.unpublished' end, post);
    end if;
    return post;
end
$$;

-- The task `announce_post`: the time has come, unless the author thought better of it. From now on the counts of its tags hold the post.
create or replace function blog.announce_scheduled(context jsonb, post_id uuid) returns jsonb
language plpgsql volatile
as $$
declare
    post blog.posts;
    told boolean;
begin
    select p.* into post from blog.posts p where p.id = announce_scheduled.post_id for update;
    if post.id is null then
        return jsonb_build_object('announced', false);
    end if;
    if exists (select 1 from blog.post_tags t where t.post_id = post.id and t.scheduled and t.published_at <= platform.now()) then
        perform blog.index_post(post);
    end if;
    told := post.announced;
    post := blog.announce_publication(context, post);
    return jsonb_build_object('announced', post.announced and not told);
end
$$;
