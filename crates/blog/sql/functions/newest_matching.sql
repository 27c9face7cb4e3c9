-- The newest `wanted` posts before a position that match, newest first. Looked for among the thousand newest, then in ten times as
-- long a time, and so on till enough were found or all was looked through: a word that most posts have is answered by the first
-- step, and one that reaches the last is so rare that all its posts can be taken. What it costs depends on `wanted`, not on how many
-- posts there are. A word that only hundreds of thousands of long past posts have is the exception: those are gathered.
create or replace function blog.newest_matching(query tsquery, after_at timestamptz, after_key uuid, wanted int8) returns uuid[]
language plpgsql stable
-- How many posts have a word is not known when the plan is made, and a scan for a word that none has is the longest of all.
set enable_seqscan = off
as $$
declare
    sample   constant int8 := 1000;
    few      constant int8 := 2500;
    many     int8;
    oldest   timestamptz;
    last_at  timestamptz;
    first_at timestamptz;
    reach    interval;
    scope    tsquery;
    ids      uuid[];
begin
    -- Of few, all are looked through at once: most words take several steps, each of which costs a descent of its own. How many there
    -- are is what the planner was last told; where that is old it costs time, and no post.
    if not exists (
        select 1 from pg_class c where c.oid = 'blog.search_entries'::regclass and c.reltuples between 1 and few)
    then
        select min(n.published_at), max(n.published_at), count(*) into first_at, last_at, many
        from (
            select e.published_at from blog.search_entries e
            where (e.published_at, e.post_id) < (after_at, after_key)
            order by e.published_at desc, e.post_id desc limit sample) n;
        if many = 0 then
            return '{}';
        end if;
        select e.published_at into oldest from blog.search_entries e order by e.published_at, e.post_id limit 1;
        -- However dense: thousands that were published at once are one hour's.
        reach := greatest(last_at - first_at, interval '1 hour');
    end if;
    loop
        if many = sample and first_at > oldest and reach <= interval '14600 days' then
            scope := query && blog.era_query(first_at, last_at);
        else
            scope := query;
            first_at := '-infinity';
        end if;
        ids := array(
            with matching as materialized (
                select e.post_id, e.published_at from blog.search_entries e where e.vector @@ scope)
            select m.post_id from matching m
            where m.published_at >= first_at and (m.published_at, m.post_id) < (after_at, after_key)
            order by m.published_at desc, m.post_id desc limit wanted);
        exit when first_at = '-infinity' or cardinality(ids) >= wanted;
        reach := reach * 10;
        first_at := case when reach <= interval '14600 days' then last_at - reach else '-infinity' end;
    end loop;
    return ids;
end
$$;
