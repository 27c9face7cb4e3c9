-- A revision with its body, as JSON; null if there is none for this editor.
create or replace function blog.read_revision(slug text, editor uuid, moderator boolean, number int4) returns text
language sql stable
as $$
    select json_build_object(
        'number', r.number, 'origin', r.origin, 'restored_from', r.restored_from, 'title', r.title, 'summary', r.summary, 'body', r.body,
        'tags', r.tags, 'cover', r.cover, 'canonical_url', r.canonical_url, 'series', r.series,
        'editor', (select a.username from identity.public_accounts a where a.id = r.editor_id),
        'created_at', platform.time_text(r.created_at), 'updated_at', platform.time_text(r.updated_at))::text
    from blog.posts p join blog.revisions r on r.post_id = p.id
    where p.slug = read_revision.slug and p.deleted_at is null and (p.author_id = editor or moderator)
      and r.number = read_revision.number
$$;
