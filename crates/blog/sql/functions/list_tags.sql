-- A page of tags, those of most posts first, as a JSON text, and the position of the last if there are more. A tag counts the posts
-- that are to be seen: those of disabled accounts are not in its count, those whose time has not come are taken off.
create or replace function blog.list_tags(
    prefix text, after_count int8, after_tag text, size int8, out items text, out last_count int8, out last_tag text)
language plpgsql stable
as $$
declare
    found record;
    shown int8 := 0;
    parts text[] := '{}';
begin
    for found in
        select t.tag, t.posts_count,
               t.posts_count - (
                   select count(*) from blog.post_tags p
                   where p.tag = t.tag and p.published_at > platform.now()
                     and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null) as visible
        from blog.tags t
        where t.posts_count > 0 and (prefix is null or starts_with(t.tag, prefix))
          and (after_count is null or (t.posts_count <= after_count and (t.posts_count < after_count or t.tag > after_tag)))
        order by t.posts_count desc, t.tag limit size + 1
    loop
        shown := shown + 1;
        exit when shown > size;
        if found.visible > 0 then
            parts := parts || json_build_object('tag', found.tag, 'posts_count', found.visible)::text;
        end if;
        last_count := found.posts_count;
        last_tag := found.tag;
    end loop;
    if shown <= size then
        last_count := null;
        last_tag := null;
    end if;
    items := '[' || array_to_string(parts, ',') || ']';
end
$$;
