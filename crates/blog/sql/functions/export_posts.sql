-- A page of all that an author wrote, whatever its state, as a JSON text: a hundred posts or eight megabytes, whichever is less, but at
-- least one; and the id of the last if there are more.
create or replace function blog.export_posts(author uuid, after_id uuid, out items text, out last_id uuid)
language plpgsql stable
as $$
begin
    select coalesce(json_agg(json_build_object(
               'id', p.id, 'slug', p.slug, 'title', p.title, 'summary', p.summary, 'body', p.body, 'tags', p.tags, 'cover', p.cover,
               'canonical_url', p.canonical_url, 'series', p.series, 'comments', p.comments,
               'status', case when p.status = 'published' and p.published_at > platform.now() then 'scheduled' else p.status end,
               'published_at', platform.time_text(p.published_at), 'created_at', platform.time_text(p.created_at),
               'updated_at', platform.time_text(p.updated_at)) order by p.id), '[]')::text,
           (array_agg(p.id order by p.id desc))[1]
    into items, last_id
    from (
        select p.*
        from (
            select p.*, sum(octet_length(p.body)) over (order by p.id) as bytes, row_number() over (order by p.id) as place
            from blog.posts p
            where p.author_id = author and p.deleted_at is null and (after_id is null or p.id > after_id)
            order by p.id limit 100) p
        where p.bytes <= 8000000 or p.place = 1) p;
    if not exists (select 1 from blog.posts p where p.author_id = author and p.deleted_at is null and p.id > last_id) then
        last_id := null;
    end if;
end
$$;
