-- Deletes a post so that it can be restored for thirty days: {"outcome": "deleted"}, or what blog.writable_post says.
create or replace function blog.delete_post(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text[]) returns jsonb
language plpgsql volatile
as $$
declare
    target  record;
    post    blog.posts;
    changed blog.posts;
begin
    select w.outcome, w.post into target from blog.writable_post(slug, editor, moderator, if_match) w;
    post := target.post;
    if target.outcome <> 'writable' then
        return blog.refusal(target.outcome, post);
    end if;
    update blog.posts p set deleted_at = platform.now(), version = p.version + 1, updated_at = platform.now()
    where p.id = post.id
    returning p.* into changed;
    perform blog.index_post(changed);
    perform platform.record(context, 'post.deleted', 'post', post.id::text,
                            jsonb_build_object('slug', post.slug, 'title', post.title, 'status', post.status), null);
    perform blog.announce_publication(context, changed);
    return jsonb_build_object('outcome', 'deleted');
end
$$;
