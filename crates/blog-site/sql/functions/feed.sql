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
    return json_build_object('about', about, 'items', (
        select coalesce(json_agg(concat('{', s.head, ',"html":', to_json(s.html), '}')::json order by k.place), '[]')
        from json_array_elements(listed) with ordinality k (item, place)
        join blog.shown_posts(null) s on s.id = (k.item ->> 'id')::uuid));
end
$$;
