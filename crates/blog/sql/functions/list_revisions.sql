-- A page of a post's revisions without their bodies, newest first, as a JSON text; null if there is no such post for this editor, and
-- `moved_to` if the slug was the post's once.
create or replace function blog.list_revisions(
    slug text, editor uuid, moderator boolean, after_number int4, size int8,
    out items text, out last_number int4, out moved_to text)
language plpgsql stable
as $$
declare
    target uuid;
begin
    select e.id, e.moved_to into target, moved_to from blog.edited_post(slug, editor, moderator) e;
    if target is null then
        return;
    end if;
    select '[' || coalesce(string_agg(json_build_object(
               'number', r.number, 'origin', r.origin, 'restored_from', r.restored_from, 'title', r.title, 'bytes', octet_length(r.body),
               'editor', (select a.username from identity.public_accounts a where a.id = r.editor_id),
               'created_at', platform.time_text(r.created_at), 'updated_at', platform.time_text(r.updated_at))::text, ','
               order by r.number desc) filter (where r.place <= size), '') || ']',
           min(r.number) filter (where r.place = size and r.many > size)
    into items, last_number
    from (
        select r.*, row_number() over (order by r.number desc) as place, count(*) over () as many
        from (
            select r.* from blog.revisions r
            where r.post_id = target and (after_number is null or r.number < after_number)
            order by r.number desc limit size + 1) r) r;
end
$$;
