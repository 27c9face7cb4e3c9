-- A page of articles as a JSON text, newest first, without their bodies: {"articles": […], "articlesCount": n}. `author` and `favorited`
-- are username keys; what is null filters nothing. Counted are the newest ten thousand, and so far back a page reaches: counting
-- all of a million articles would cost far more than the page. Each branch is one index scan. What disabled accounts wrote is neither
-- shown nor counted: the author is in the index, and is looked up in a table of those who are hidden, if there are any. An author who
-- was asked for is not.
create or replace function blog.conduit_list_articles(tag text, author text, favorited text, reader uuid, size int8, skipped int8)
returns text
language plpgsql stable
as $$
declare
    moment    timestamptz := platform.now();
    by_author uuid;
    fan       uuid;
    ids       uuid[];
    all_shown boolean := (select h.author_id from blog.hidden_authors h order by h.author_id limit 1) is null;
    before    int := skipped;
    until     int := skipped + size;
begin
    if author is not null then
        select a.id into by_author from identity.public_accounts a where a.username_key = author;
    end if;
    if favorited is not null then
        select a.id into fan from identity.public_accounts a where a.username_key = favorited;
    end if;
    if (author is not null and by_author is null) or (favorited is not null and fan is null) then
        return '{"articles":[],"articlesCount":0}';
    end if;

    if fan is not null then
        ids := array(
            select p.id from blog.favorites f join blog.posts p on p.id = f.post_id
            where f.user_id = fan and p.status = 'published' and p.deleted_at is null and p.published_at <= moment
              and (conduit_list_articles.tag is null or conduit_list_articles.tag = any (p.tags))
              and (by_author is null or p.author_id = by_author)
              and (all_shown or (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null)
            order by p.published_at desc, p.id desc limit 10000);
    elsif tag is not null and by_author is not null then
        ids := array(
            select t.post_id from blog.post_tags t
            where t.author_id = by_author and t.tag = conduit_list_articles.tag and t.published_at is not null
              and t.published_at <= moment
            order by t.published_at desc, t.post_id desc limit 10000);
    elsif tag is not null then
        ids := array(
            select t.post_id from blog.post_tags t
            where t.tag = conduit_list_articles.tag and t.published_at is not null and t.published_at <= moment
              and (all_shown or (select 1 from blog.hidden_authors h where h.author_id = t.author_id) is null)
            order by t.published_at desc, t.post_id desc limit 10000);
    elsif by_author is not null then
        ids := array(
            select p.id from blog.posts p
            where p.author_id = by_author and p.status = 'published' and p.deleted_at is null and p.published_at <= moment
            order by p.published_at desc, p.id desc limit 10000);
    else
        ids := array(
            select p.id from blog.posts p
            where p.status = 'published' and p.deleted_at is null and p.published_at <= moment
              and (all_shown or (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null)
            order by p.published_at desc, p.id desc limit 10000);
    end if;
    return blog.conduit_page(ids[before + 1:until], cardinality(ids), reader, tag);
end
$$;

-- Articles in this order, and how many there are in all. `sought` is the tag that they were found by.
create or replace function blog.conduit_page(ids uuid[], total int8, reader uuid, sought text) returns text
language plpgsql stable
as $$
begin
    return (
        select concat('{"articles":[', string_agg('{' || s.head || '}', ',' order by k.place), '],"articlesCount":', total, '}')
        from unnest(ids) with ordinality as k (id, place)
        join blog.conduit_articles(conduit_page.reader, conduit_page.sought) s on s.id = k.id);
end
$$;
