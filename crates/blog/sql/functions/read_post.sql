-- A post by its slug, with its entity tag. Those to be seen for all, others for their author and for moderators. Where the slug was
-- the post's once, `moved_to` is the one that it has. No post: all null. The statement is written out here and not in a function of
-- its own: an SQL function with a subquery is planned anew at every call, which took three quarters of the time of a read.
create or replace function blog.read_post(
    slug text, reader uuid, moderator boolean, out post text, out etag text, out moved_to text)
language plpgsql stable
as $$
begin
    select concat('{', s.head, ',"body":', to_json(s.body), ',"html":', to_json(s.html), ',"toc":', s.toc,
                  ',"series_posts":', case when s.series is null then '[]'::json else blog.series_posts(s.author_id, s.series) end,
                  ',"pending_edit":', case when s.author_id = reader or moderator then
                      exists (select 1 from blog.pending_edits e where e.post_id = s.id) else false end::text, '}'),
           s.etag
    into post, etag
    from blog.shown_posts(read_post.reader) s
    where s.slug = read_post.slug and s.deleted_at is null and (s.status = 'published' or s.author_id = reader or moderator);
    if post is null then
        select s.slug into moved_to
        from blog.old_slugs o
        join blog.shown_posts(null) s on s.id = o.post_id
        where o.slug = read_post.slug and s.deleted_at is null and (s.status = 'published' or s.author_id = reader or moderator);
    end if;
end
$$;
