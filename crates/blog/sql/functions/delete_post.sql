-- Deletes a post so that it could be restored: {"outcome": "deleted"}, or what blog.writable_post says.
create or replace function blog.delete_post(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text) returns jsonb
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
    update blog.posts p set deleted_at = platform.now(), version = p.version + 1, updated_at = platform.now()
    where p.id = post.id
    returning p.* into changed;
    perform blog.index_tags(changed);
    perform platform.record(context, 'post.deleted', 'post', post.id::text,
                            jsonb_build_object('slug', post.slug, 'title', post.title, 'status', post.status), null);
    if post.status = 'published' then
        perform blog.announce(context, 'post.unpublished', changed);
    end if;
    return jsonb_build_object('outcome', 'deleted');
end
$$;
