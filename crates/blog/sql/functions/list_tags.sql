-- A page of tags, those of most posts first, as a JSON text, and the position of the last if there are more. A tag counts the posts
-- that are to be seen: its count holds none of disabled accounts, and none before its time has come. What has come is added here until the
-- task `announce_post` has counted it: few posts, if any.
create or replace function blog.list_tags(
    prefix text, after_count int8, after_tag text, size int8, out items text, out last_count int8, out last_tag text)
language plpgsql stable
as $$
declare
    found record;
    shown int8 := 0;
    parts text[] := '{}';
    come  text[];
    posts int8[];
begin
    select coalesce(array_agg(n.tag), '{}'), coalesce(array_agg(n.posts), '{}') into come, posts
    from (
        select p.tag, count(*) as posts
        from blog.post_tags p
        where p.scheduled and p.published_at <= platform.now()
          and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null
        group by p.tag) n;
    for found in
        select s.tag, s.posts_count
        from (
            (select t.tag, t.posts_count from blog.tags t
             where t.posts_count > 0 and t.tag <> all (come) and (prefix is null or starts_with(t.tag, prefix))
               and (after_count is null or (t.posts_count <= after_count and (t.posts_count < after_count or t.tag > after_tag)))
             order by t.posts_count desc, t.tag limit size + 1)
            union all
            select n.tag, n.posts_count
            from (
                select c.tag, c.posts + coalesce((select t.posts_count from blog.tags t where t.tag = c.tag), 0) as posts_count
                from unnest(come, posts) c (tag, posts)) n
            where (prefix is null or starts_with(n.tag, prefix))
              and (after_count is null or (n.posts_count <= after_count and (n.posts_count < after_count or n.tag > after_tag)))) s
        order by s.posts_count desc, s.tag limit size + 1
    loop
        shown := shown + 1;
        exit when shown > size;
        parts := parts || json_build_object('tag', found.tag, 'posts_count', found.posts_count)::text;
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
