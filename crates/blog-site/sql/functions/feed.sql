-- The newest posts whole, for feeds, of everybody, an author or a tag; null without such an author.
create or replace function blog.feed(author text, tag text, size int8) returns json
language plpgsql stable
as $$
declare
    about  json;
    listed json;
begin
    if author is not null then
        about := profile.public_profile(author, null)::json;
        if about is null then
            return null;
        end if;
    end if;
    select l.items::json into listed from blog.list_posts('published', author, tag, false, null, null, null, null, null, size) l;
    -- What the list says of a post stays as it is; the text is put behind it.
    return json_build_object('about', about, 'items', (
        select coalesce(json_agg((left(k.item::text, -1) || ',"html":' || to_json(p.html) || '}')::json order by k.place), '[]')
        from json_array_elements(listed) with ordinality k (item, place)
        join blog.posts p on p.id = (k.item ->> 'id')::uuid));
end
$$;
