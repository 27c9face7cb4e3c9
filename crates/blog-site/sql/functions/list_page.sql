-- What a page with a list of posts needs: the posts, the position of the last if there are more, and of whom or what they are. An
-- author's page without such an author is null.
create or replace function blog.list_page(author text, tag text, after_ms int8, after_id uuid, size int8) returns json
language plpgsql stable
as $$
declare
    about  json;
    listed record;
begin
    if author is not null then
        about := profile.public_profile(author, null)::json;
        if about is null then
            return null;
        end if;
    end if;
    select l.* into listed from blog.list_posts('published', author, tag, false, null, null, null, after_ms, after_id, size) l;
    return json_build_object(
        'about', about, 'items', listed.items::json, 'last_ms', listed.last_ms, 'last_id', listed.last_id,
        'tags', case when author is null and tag is null and after_ms is null then
            (select t.items::json from blog.list_tags(null, null, null, 12) t) end);
end
$$;
