-- A revision with its body, as JSON; null if there is none for this editor, and `moved_to` if the slug was the post's once.
create or replace function blog.read_revision(
    slug text, editor uuid, moderator boolean, number int4, out revision text, out moved_to text)
language plpgsql stable
as $$
declare
    target uuid;
begin
    select e.id, e.moved_to into target, moved_to from blog.edited_post(slug, editor, moderator) e;
    select json_build_object(
        'number', r.number, 'origin', r.origin, 'restored_from', r.restored_from, 'title', r.title, 'summary', r.summary, 'body', r.body,
        'tags', r.tags, 'cover', r.cover, 'canonical_url', r.canonical_url, 'series', r.series,
        'editor', (select a.username from identity.public_accounts a where a.id = r.editor_id),
        'created_at', platform.time_text(r.created_at), 'updated_at', platform.time_text(r.updated_at))::text
    into revision
    from blog.revisions r
    where r.post_id = target and r.number = read_revision.number;
end
$$;
