-- Brings a deleted post back as it was, for thirty days after it was deleted; one that is not deleted stays as it is. Answers
-- updated {post, id, slug, etag}, not_found, forbidden or stale.
create or replace function blog.restore_post(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text[]) returns jsonb
language plpgsql volatile
as $$
declare
    post    blog.posts;
    changed blog.posts;
begin
    select p.* into post from blog.posts p where p.slug = restore_post.slug for update;
    if post.id is null or (post.author_id <> editor and not moderator)
        or post.deleted_at <= platform.now() - interval '30 days'
    then
        return jsonb_build_object('outcome', case
            when post.id is not null and post.deleted_at is null and post.status = 'published' and post.published_at <= platform.now()
            then 'forbidden' else 'not_found' end);
    end if;
    if not blog.etag_matches(if_match, post.id, post.version) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if post.deleted_at is null then
        return blog.post_answer('updated', post, editor);
    end if;
    update blog.posts p set deleted_at = null, version = p.version + 1, updated_at = platform.now()
    where p.id = post.id
    returning p.* into changed;
    perform blog.index_post(changed);
    perform platform.record(context, 'post.restored', 'post', post.id::text, null,
                            jsonb_build_object('slug', post.slug, 'title', post.title, 'status', post.status));
    changed := blog.announce_publication(context, changed);
    return blog.post_answer('updated', changed, editor);
end
$$;
