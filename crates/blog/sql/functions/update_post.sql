-- Changes the members of a post that `changes` names; null clears. Answers updated {post, id, version, slug}, or what
-- blog.writable_post says. The slug stays: links to the post are out there.
create or replace function blog.update_post(
    context jsonb, slug text, editor uuid, moderator boolean, if_match text, changes jsonb) returns jsonb
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
    if changes = '{}' then
        return blog.answer('updated', post);
    end if;
    update blog.posts p set
        title = case when changes ? 'title' then changes ->> 'title' else p.title end,
        summary = case when changes ? 'summary' then changes ->> 'summary' else p.summary end,
        body = case when changes ? 'body' then changes ->> 'body' else p.body end,
        html = case when changes ? 'body' then changes ->> 'html' else p.html end,
        toc = case when changes ? 'body' then changes -> 'toc' else p.toc end,
        text = case when changes ? 'body' then changes ->> 'text' else p.text end,
        words = case when changes ? 'body' then (changes ->> 'words')::int4 else p.words end,
        tags = case when changes ? 'tags' then array(select jsonb_array_elements_text(changes -> 'tags')) else p.tags end,
        cover = case when changes ? 'cover' then nullif(changes -> 'cover', 'null') else p.cover end,
        canonical_url = case when changes ? 'canonical_url' then changes ->> 'canonical_url' else p.canonical_url end,
        version = p.version + 1,
        updated_at = platform.now()
    where p.id = post.id
    returning p.* into changed;
    if changes ? 'tags' then
        perform blog.index_tags(changed);
    end if;
    perform platform.record(
        context, 'post.updated', 'post', post.id::text,
        jsonb_build_object('title', post.title, 'tags', post.tags, 'version', post.version),
        jsonb_build_object('title', changed.title, 'tags', changed.tags, 'version', changed.version));
    if changed.status = 'published' then
        perform blog.announce(context, 'post.updated', changed);
    end if;
    return blog.answer('updated', changed);
end
$$;
