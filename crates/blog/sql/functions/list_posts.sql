-- One page of posts as a JSON text, newest first, and the position of its last post if there are more. Positions are a time in
-- milliseconds and an id: a post that is published or appears meanwhile moves nobody's page. `status`: published (to be seen, for
-- all); draft, scheduled, deleted (the reader's own). `author` and `favorited_by` are username keys; `following` asks for the posts
-- of those whom the reader follows; `words` for posts with these words. Each branch is one index scan: one statement with optional
-- filters would be planned for none of them.
create or replace function blog.list_posts(
    status text, author text, tag text, following boolean, favorited_by text, words text,
    reader uuid, after_ms int8, after_id uuid, size int8,
    out items text, out last_ms int8, out last_id uuid)
language plpgsql stable
as $$
declare
    moment    timestamptz := platform.now();
    after_at  timestamptz := coalesce(to_timestamp(after_ms / 1000.0), case status when 'published' then moment else 'infinity' end);
    after_key uuid := coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    query     tsquery;
    by_author uuid;
    fan       uuid;
    ids       uuid[];
begin
    items := '[]';
    if words is not null then
        select q.query into query from blog.search_query(list_posts.words) q;
    end if;
    if author is not null then
        select a.id into by_author from identity.public_accounts a where a.username_key = author;
    end if;
    if favorited_by is not null then
        select a.id into fan from identity.public_accounts a where a.username_key = favorited_by;
    end if;
    if (author is not null and by_author is null) or (favorited_by is not null and fan is null)
        or (status <> 'published' and author is not null and by_author <> reader)
        or (words is not null and numnode(query) = 0)
    then
        return;
    end if;

    -- One more than asked for, to know whether there are more.
    if status = 'draft' then
        ids := array(
            select p.id from blog.posts p
            where p.author_id = reader and p.status = 'draft' and p.deleted_at is null
              and (p.created_at, p.id) < (after_at, after_key)
              and (list_posts.tag is null or list_posts.tag = any (p.tags))
            order by p.created_at desc, p.id desc limit size + 1);
    elsif status = 'deleted' then
        ids := array(
            select p.id from blog.posts p
            where p.author_id = reader and p.deleted_at is not null
              and (p.created_at, p.id) < (after_at, after_key)
              and (list_posts.tag is null or list_posts.tag = any (p.tags))
            order by p.created_at desc, p.id desc limit size + 1);
    elsif status = 'scheduled' then
        ids := array(
            select p.id from blog.posts p
            where p.author_id = reader and p.status = 'published' and p.deleted_at is null and p.published_at > moment
              and (p.published_at, p.id) < (after_at, after_key)
              and (list_posts.tag is null or list_posts.tag = any (p.tags))
            order by p.published_at desc, p.id desc limit size + 1);
    elsif following and tag is not null then
        ids := array(
            select n.post_id
            from profile.public_follows w
            cross join lateral (
                select t.post_id, t.published_at from blog.post_tags t
                where t.author_id = w.followed_id and t.tag = list_posts.tag and t.published_at is not null
                  and (t.published_at, t.post_id) < (after_at, after_key)
                order by t.published_at desc, t.post_id desc limit size + 1) n
            where w.follower_id = reader
              and (select 1 from blog.hidden_authors h where h.author_id = w.followed_id) is null
            order by n.published_at desc, n.post_id desc limit size + 1);
    elsif following then
        -- The newest of each followed author, then the newest of all: what it costs depends on how many are followed alone.
        ids := array(
            select n.id
            from profile.public_follows w
            cross join lateral (
                select p.id, p.published_at from blog.posts p
                where p.author_id = w.followed_id and p.status = 'published' and p.deleted_at is null
                  and (p.published_at, p.id) < (after_at, after_key)
                order by p.published_at desc, p.id desc limit size + 1) n
            where w.follower_id = reader
              and (select 1 from blog.hidden_authors h where h.author_id = w.followed_id) is null
            order by n.published_at desc, n.id desc limit size + 1);
    elsif favorited_by is not null then
        ids := array(
            select p.id from blog.favorites f join blog.posts p on p.id = f.post_id
            where f.user_id = fan and p.status = 'published' and p.deleted_at is null
              and (p.published_at, p.id) < (after_at, after_key)
              and (list_posts.tag is null or list_posts.tag = any (p.tags))
              and (by_author is null or p.author_id = by_author)
              and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null
            order by p.published_at desc, p.id desc limit size + 1);
    elsif words is not null then
        -- Author and tag are marks beside the words: one descent of the index looks for all of them.
        if by_author is not null then
            query := query && blog.mark_query('author ' || by_author);
        end if;
        if tag is not null then
            query := query && blog.mark_query('tag ' || list_posts.tag);
        end if;
        select n.ids into ids from blog.newest_matching(query, after_at, after_key, size + 1, size + 1, false) n;
    elsif tag is not null and by_author is not null then
        ids := array(
            select t.post_id from blog.post_tags t
            where t.author_id = by_author and t.tag = list_posts.tag and t.published_at is not null
              and (t.published_at, t.post_id) < (after_at, after_key)
            order by t.published_at desc, t.post_id desc limit size + 1);
    elsif tag is not null then
        ids := array(
            select t.post_id from blog.post_tags t
            where t.tag = list_posts.tag and t.published_at is not null
              and (t.published_at, t.post_id) < (after_at, after_key)
              and (select 1 from blog.hidden_authors h where h.author_id = t.author_id) is null
            order by t.published_at desc, t.post_id desc limit size + 1);
    elsif by_author is not null then
        ids := array(
            select p.id from blog.posts p
            where p.author_id = by_author and p.status = 'published' and p.deleted_at is null
              and (p.published_at, p.id) < (after_at, after_key)
            order by p.published_at desc, p.id desc limit size + 1);
    else
        ids := array(
            select p.id from blog.posts p
            where p.status = 'published' and p.deleted_at is null
              and (p.published_at, p.id) < (after_at, after_key)
              and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null
            order by p.published_at desc, p.id desc limit size + 1);
    end if;

    if cardinality(ids) > size then
        last_id := ids[size::int];
        select (extract(epoch from case when list_posts.status in ('draft', 'deleted') then p.created_at else p.published_at end) * 1000)::int8
        into last_ms
        from blog.posts p where p.id = last_id;
    end if;
    select '[' || coalesce(string_agg('{' || s.head || '}', ',' order by k.place), '') || ']' into items
    from unnest(ids[1:size::int]) with ordinality as k (id, place)
    join blog.shown_posts(reader) s on s.id = k.id;
end
$$;
