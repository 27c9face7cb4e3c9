-- A post by its slug, with its entity tag. Those to be seen for all, others for their author and for moderators. Where the slug was
-- the post's once, `moved_to` is the one that it has. No post: all null. The statement is written out here and not in a function of
-- its own: an SQL function with a subquery is planned anew at every call, which took three quarters of the time of a read.
create or replace function blog.read_post(
    slug text, reader uuid, moderator boolean, out post text, out etag text, out moved_to text)
language plpgsql stable
as $$
declare
    shown record;
begin
    select s.id, s.etag, s.head, s.body, s.html, s.toc,
           case when s.series is null then '[]' else blog.series_posts(s.author_id, s.series)::text end as series_posts,
           case when s.author_id = reader or moderator then
               (select blog.pending_mark(e) from blog.pending_edits e where e.post_id = s.id) end as pending
    into shown
    from blog.shown_posts(read_post.reader) s
    where s.slug = read_post.slug and s.deleted_at is null and (s.status = 'published' or s.author_id = reader or moderator);
    if shown.id is null then
        select s.slug into moved_to
        from blog.old_slugs o
        join blog.shown_posts(null) s on s.id = o.post_id
        where o.slug = read_post.slug and s.deleted_at is null and (s.status = 'published' or s.author_id = reader or moderator);
        return;
    end if;
    post := concat('{', shown.head, ',"body":', to_json(shown.body), ',"html":', to_json(shown.html), ',"toc":', shown.toc,
                   ',"series_posts":', shown.series_posts, ',"pending_edit":', (shown.pending is not null)::text, '}');
    -- The hash tells what else changes without a new version: the author's name, the series, a schedule whose time has come. The end names
    -- the pending edit, which an autosave must know (blog.pending_edit_matches).
    etag := concat(left(shown.etag, -1), '.', left(md5(concat(shown.head, shown.series_posts, shown.pending is not null)), 12),
                   '.' || shown.pending, '"');
end
$$;
