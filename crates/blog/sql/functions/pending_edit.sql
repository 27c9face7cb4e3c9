-- A published post's pending edit as its editors see it: what readers would see after it, and what it is made of.
--   found {edit, etag}, none, not_found, forbidden, or moved {slug}: the slug was the post's once.
create or replace function blog.pending_edit(slug text, editor uuid, moderator boolean) returns jsonb
language plpgsql stable
as $$
declare
    post blog.posts;
    edit blog.pending_edits;
    moved boolean := false;
begin
    select p.* into post from blog.posts p where p.slug = pending_edit.slug and p.deleted_at is null;
    if post.id is null then
        select p.* into post from blog.old_slugs o join blog.posts p on p.id = o.post_id
        where o.slug = pending_edit.slug and p.deleted_at is null;
        moved := post.id is not null;
    end if;
    if post.id is null or (post.author_id <> editor and not moderator) then
        return jsonb_build_object('outcome', case
            when post.id is null or post.status = 'draft' or post.published_at > platform.now() then 'not_found' else 'forbidden' end);
    end if;
    if moved then
        return blog.refusal('moved', post);
    end if;
    select e.* into edit from blog.pending_edits e where e.post_id = post.id;
    if edit.post_id is null then
        return jsonb_build_object('outcome', 'none');
    end if;
    return jsonb_build_object(
        'outcome', 'found', 'etag', blog.pending_etag(edit),
        'edit', jsonb_build_object(
            'slug', coalesce(edit.changes ->> 'slug', post.slug),
            'title', case when edit.changes ? 'title' then edit.changes -> 'title' else to_jsonb(post.title) end,
            'summary', case when edit.changes ? 'summary' then edit.changes -> 'summary' else to_jsonb(post.summary) end,
            'body', case when edit.changes ? 'body' then edit.changes -> 'body' else to_jsonb(post.body) end,
            'html', case when edit.changes ? 'body' then edit.changes -> 'html' else to_jsonb(post.html) end,
            'toc', case when edit.changes ? 'body' then edit.changes -> 'toc' else post.toc end,
            'tags', case when edit.changes ? 'tags' then edit.changes -> 'tags' else to_jsonb(post.tags) end,
            'cover', case when edit.changes ? 'cover' then edit.changes -> 'cover' else post.cover end,
            'canonical_url', case when edit.changes ? 'canonical_url' then edit.changes -> 'canonical_url' else to_jsonb(post.canonical_url) end,
            'series', case when edit.changes ? 'series' then edit.changes -> 'series' else to_jsonb(post.series) end,
            'comments', case when edit.changes ? 'comments' then edit.changes -> 'comments' else to_jsonb(post.comments) end,
            'changed', (select coalesce(jsonb_agg(k order by k), '[]') from jsonb_object_keys(edit.changes) k
                        where k not in ('html', 'toc', 'text', 'words')),
            'updated_at', platform.time_text(edit.updated_at)));
end
$$;

-- Changes with the edit and with the post below it. When it began tells it from an edit before it, whose versions began at one too.
create or replace function blog.pending_etag(edit blog.pending_edits) returns text
language plpgsql stable
as $$
begin
    return (
        select format('"%s-e%s-%s-%s"', replace(p.id::text, '-', ''), p.version, (extract(epoch from edit.created_at) * 1000000)::int8, edit.version)
        from blog.posts p where p.id = edit.post_id);
end
$$;

-- Names an edit and its version in the entity tag that the post has for its editors.
create or replace function blog.pending_mark(edit blog.pending_edits) returns text
language sql stable
as $$
    select concat('e', (extract(epoch from edit.created_at) * 1000000)::int8, '-', edit.version)
$$;

-- Whether If-Match knows a post with the pending edit that it has, or with none if it has none: the end of the tag that its editors see says
-- so. Null and `*` name any.
create or replace function blog.pending_edit_matches(if_match text[], post blog.posts) returns boolean
language plpgsql stable
as $$
declare
    mark text := (select blog.pending_mark(e) from blog.pending_edits e where e.post_id = post.id);
begin
    return if_match is null or exists (
        select 1 from unnest(if_match) tag
        where tag = '*'
           or (blog.etag_matches(array[tag], post.id, post.version)
               and substring(tag from '\.(e[0-9]+-[0-9]+)"$') is not distinct from mark));
end
$$;
