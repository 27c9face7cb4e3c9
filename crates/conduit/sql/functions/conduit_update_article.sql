-- Changes the members of an article that `changes` names. Another title wishes for another slug; the old one leads here. Answers updated
-- {article}, not_found or forbidden. A slug that somebody takes at the same time is the constraint posts_slug_key; `attempt` counts as in
-- blog.free_slug.
create or replace function blog.conduit_update_article(
    context jsonb, slug text, editor uuid, changes jsonb, wished_slug text, attempt int) returns jsonb
language plpgsql volatile
as $$
declare
    post   blog.posts;
    answer jsonb;
begin
    select p.* into post from blog.posts p where p.id = blog.conduit_post(conduit_update_article.slug) and p.deleted_at is null for update;
    if post.id is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if post.author_id <> editor then
        return jsonb_build_object('outcome', 'forbidden');
    end if;
    if changes ->> 'title' <> post.title then
        changes := changes || jsonb_build_object('slug', blog.free_slug(wished_slug, post.id, attempt));
    end if;
    answer := blog.update_post(context, post.slug, editor, false, null, changes, 'saved', null);
    if answer ->> 'outcome' <> 'updated' then
        return jsonb_build_object('outcome', answer -> 'outcome');
    end if;
    return jsonb_build_object('outcome', 'updated', 'article', blog.conduit_article(post.id, editor)::jsonb -> 'article');
end
$$;
