-- The posts of an author's series that are to be seen, in the order of publication; the first hundred. In plpgsql, whose plans are kept.
create or replace function blog.series_posts(author uuid, series text) returns json
language plpgsql stable
as $$
begin
    return (
        select coalesce(json_agg(json_build_object('slug', s.slug, 'title', s.title) order by s.published_at, s.id), '[]')
        from (
            select p.slug, p.title, p.published_at, p.id from blog.posts p
            where p.author_id = series_posts.author and p.series = series_posts.series and p.deleted_at is null
              and p.status = 'published' and p.published_at <= platform.now()
            order by p.published_at, p.id limit 100) s);
end
$$;
