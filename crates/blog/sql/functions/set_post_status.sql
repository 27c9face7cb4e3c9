-- Publishes or unpublishes a post; a post that is so already stays as it is, without an event. Answers updated {post, id,
-- version, slug}, or what blog.writable_post says. The time of the first publication is kept.
create or replace function blog.set_post_status(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text, status text) returns jsonb
language plpgsql volatile
as $$
declare
    target  record;
    post    blog.posts;
    changed blog.posts;
begin
    select w.outcome, w.post into target from blog.writable_post(slug, editor, moderator, if_match) w;
    if target.outcome <> 'writable' then
        return jsonb_build_object('outcome', target.outcome);
    end if;
    post := target.post;
    if post.status = set_post_status.status then
        return blog.answer('updated', post);
    end if;
    update blog.posts p set
        status = set_post_status.status,
        published_at = coalesce(p.published_at, date_trunc('milliseconds', platform.now())),
        version = p.version + 1,
        updated_at = platform.now()
    where p.id = post.id
    returning p.* into changed;
    perform blog.index_tags(changed);
    perform platform.record(context, 'post.' || case changed.status when 'published' then 'published' else 'unpublished' end,
                            'post', post.id::text, jsonb_build_object('status', post.status),
                            jsonb_build_object('status', changed.status));
    perform blog.announce(context, 'post.' || case changed.status when 'published' then 'published' else 'unpublished' end,
                          changed);
    return blog.answer('updated', changed);
end
$$;
