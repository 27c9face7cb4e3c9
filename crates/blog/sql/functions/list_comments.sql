-- A page of a post's comments in the order of reading: each followed by its answers, the oldest first. A comment that is not to be
-- seen is left out unless an answer to it is. Positions are paths, so that a new answer moves nobody's page. Null without a post
-- that the reader may see; `moved_to` if the slug is another now.
create or replace function blog.list_comments(
    slug text, reader uuid, moderator boolean, after_path text, size int8,
    out items text, out last_path text, out moved_to text)
language plpgsql stable
as $$
declare
    post   blog.posts;
    judge  boolean;
    entry  record;
    shown  int8 := 0;
    parts  text[] := '{}';
begin
    select p.* into post from blog.posts p
    where p.slug = list_comments.slug and p.deleted_at is null
      and ((p.status = 'published' and p.published_at <= platform.now()) or p.author_id = reader or moderator)
      and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null;
    if post.id is null then
        select p.slug into moved_to
        from blog.old_slugs o join blog.posts p on p.id = o.post_id
        where o.slug = list_comments.slug and p.deleted_at is null and p.status = 'published' and p.published_at <= platform.now()
          and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null;
        return;
    end if;
    judge := moderator or coalesce(post.author_id = reader, false);
    for entry in
        select c.path, blog.comment_json(c, reader, judge)::text as json
        from blog.comments c
        where c.post_id = post.id and c.path > coalesce(after_path, '')
          and ((c.deleted_at is null and (c.state = 'approved' or c.author_id = reader or judge))
               or exists (
                   select 1 from blog.comments d
                   where d.post_id = c.post_id and d.path > c.path and d.path < c.path || 'g'
                     and d.deleted_at is null and (d.state = 'approved' or d.author_id = reader or judge)))
        order by c.path limit size + 1
    loop
        shown := shown + 1;
        if shown > size then
            last_path := coalesce(last_path, '');
            exit;
        end if;
        parts := parts || entry.json;
        last_path := entry.path;
    end loop;
    if shown <= size then
        last_path := null;
    end if;
    items := '[' || array_to_string(parts, ',') || ']';
end
$$;
