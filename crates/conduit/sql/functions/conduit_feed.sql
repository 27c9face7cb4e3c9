-- A page of the articles of those whom the reader follows, as blog.conduit_list_articles writes it. The newest of each author, then the
-- newest of all: what a page costs depends on how many are followed and how deep it lies, not on how much they wrote.
create or replace function blog.conduit_feed(reader uuid, size int8, skipped int8) returns text
language plpgsql stable
as $$
declare
    moment timestamptz := platform.now();
    total  int8;
    ids    uuid[];
begin
    select count(*) into total
    from (
        select 1
        from profile.public_follows w
        join identity.public_accounts a on a.id = w.followed_id
        join blog.posts p on p.author_id = w.followed_id
        where w.follower_id = conduit_feed.reader and p.status = 'published' and p.deleted_at is null and p.published_at <= moment
        limit 10000) n;
    ids := array(
        select n.id
        from profile.public_follows w
        join identity.public_accounts a on a.id = w.followed_id
        cross join lateral (
            select p.id, p.published_at from blog.posts p
            where p.author_id = w.followed_id and p.status = 'published' and p.deleted_at is null and p.published_at <= moment
            order by p.published_at desc, p.id desc limit skipped + size) n
        where w.follower_id = conduit_feed.reader
        order by n.published_at desc, n.id desc limit size offset skipped);
    return blog.conduit_page(ids, total, conduit_feed.reader, null);
end
$$;
