-- One page of posts, newest first, as a JSON text, and the position of its last post if there are more. `author` is a
-- username key. With `drafts` the reader's own drafts, else what is published. Positions are a time in milliseconds and
-- an id. Each branch is one index scan: one statement with optional filters would be planned for none of them.
create or replace function blog.list_posts(
    author text, tag text, drafts boolean, reader uuid, after_ms int8, after_id uuid, size int8,
    out items text, out last_ms int8, out last_id uuid)
language plpgsql stable
as $$
declare
    by_author uuid;
    after_at  timestamptz := coalesce(to_timestamp(after_ms / 1000.0), 'infinity');
    after_key uuid := coalesce(after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    ids       uuid[];
begin
    if author is not null then
        select a.id into by_author from identity.public_accounts a where a.username_key = author;
    end if;
    if (author is not null and by_author is null) or (drafts and author is not null and by_author <> reader) then
        items := '[]';
        return;
    end if;

    -- One more than asked for, to know whether there are more.
    if drafts then
        ids := array(
            select p.id from blog.posts p
            where p.author_id = reader and p.status = 'draft' and p.deleted_at is null
              and (p.created_at, p.id) < (after_at, after_key)
              and (list_posts.tag is null or list_posts.tag = any (p.tags))
            order by p.created_at desc, p.id desc limit size + 1);
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
            order by p.published_at desc, p.id desc limit size + 1);
    end if;

    if cardinality(ids) > size then
        last_id := ids[size::int];
        select (extract(epoch from case when drafts then p.created_at else p.published_at end) * 1000)::int8 into last_ms
        from blog.posts p where p.id = last_id;
    end if;
    select coalesce(json_agg(
        json_build_object(
            'id', p.id,
            'slug', p.slug,
            'title', p.title,
            'summary', p.summary,
            'tags', p.tags,
            'cover', p.cover,
            'canonical_url', p.canonical_url,
            'status', p.status,
            'published_at', platform.time_text(p.published_at),
            'created_at', platform.time_text(p.created_at),
            'updated_at', platform.time_text(p.updated_at),
            'reading_minutes', greatest(1, (p.words + 219) / 220),
            'favorites_count', p.favorites_count,
            'comments_count', p.comments_count,
            'favorited', reader is not null and exists (
                select 1 from blog.favorites f where f.user_id = reader and f.post_id = p.id),
            'author', json_build_object('username', a.username, 'display_name', o.display_name, 'image_url', o.image_url))
        order by k.place), '[]')::text into items
    from unnest(ids[1:size::int]) with ordinality as k (id, place)
    join blog.posts p on p.id = k.id
    -- Posts of a disabled account are not shown.
    join identity.public_accounts a on a.id = p.author_id
    left join profile.public_profiles o on o.user_id = p.author_id;
end
$$;
