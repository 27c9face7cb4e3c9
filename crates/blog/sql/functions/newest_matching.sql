-- The newest `wanted` posts before a position that match, newest first. Looked for among the thousand newest, then in so long a time
-- as would hold enough of them at that rate, and so on till enough were found or all was looked through: a word that most posts have
-- is answered by the first step, and one that reaches the last is so rare that all its posts can be taken. What it costs depends on
-- `wanted`, not on how many posts there are. A word that only hundreds of thousands of long past posts have is the exception: those
-- are gathered.
create or replace function blog.newest_matching(query tsquery, after_at timestamptz, after_key uuid, wanted int8) returns uuid[]
language plpgsql stable
-- How many posts have a word is not known when the plan is made, and a scan for a word that none has is the longest of all.
set enable_seqscan = off
as $$
declare
    scope    tsquery;
    first_at timestamptz;
    last_at  timestamptz;
    oldest   timestamptz;
    ids      uuid[];
begin
    select w.first_at, w.last_at, w.oldest into first_at, last_at, oldest from blog.newest_window(after_at, after_key) w;
    if first_at is null then
        return '{}';
    end if;
    loop
        scope := case when first_at = '-infinity' then query else query && blog.era_query(first_at, last_at) end;
        ids := array(
            with matching as materialized (
                select e.post_id, e.published_at from blog.search_entries e where e.vector @@ scope)
            select m.post_id from matching m
            where m.published_at >= first_at and (m.published_at, m.post_id) < (after_at, after_key)
            order by m.published_at desc, m.post_id desc limit wanted);
        exit when first_at = '-infinity' or cardinality(ids) >= wanted;
        -- Half as much again, so that one more step seldom needs a third; and no further than makes sense after so few.
        first_at := blog.wider_window(
            first_at, last_at, oldest, least(greatest(1.5 * wanted / greatest(cardinality(ids), 1), 2), 30));
    end loop;
    return ids;
end
$$;

-- The time of the thousand newest posts before a position, and when the oldest of all was published. `first_at` is -infinity where all
-- are to be looked through at once, and null where there are none.
create or replace function blog.newest_window(
    after_at timestamptz, after_key uuid, out first_at timestamptz, out last_at timestamptz, out oldest timestamptz)
language plpgsql stable
as $$
declare
    sample constant int8 := 1000;
    few    constant int8 := 2500;
    many   int8;
begin
    -- Of few, all are looked through at once: most words take several steps, each of which costs a descent of its own. How many there
    -- are is what the planner was last told; where that is old it costs time, and no post.
    if exists (
        select 1 from pg_class c where c.oid = 'blog.search_entries'::regclass and c.reltuples between 1 and few)
    then
        first_at := '-infinity';
        return;
    end if;
    select min(n.published_at), max(n.published_at), count(*) into first_at, last_at, many
    from (
        select e.published_at from blog.search_entries e
        where (e.published_at, e.post_id) < (after_at, after_key)
        order by e.published_at desc, e.post_id desc limit sample) n;
    if many = 0 then
        return;
    end if;
    select e.published_at into oldest from blog.search_entries e order by e.published_at, e.post_id limit 1;
    -- However dense: thousands that were published at once are one hour's.
    first_at := least(first_at, last_at - interval '1 hour');
    if many < sample or first_at <= oldest or last_at - first_at > interval '14600 days' then
        first_at := '-infinity';
    end if;
end
$$;

-- When a time began that is so many times as long.
create or replace function blog.wider_window(first_at timestamptz, last_at timestamptz, oldest timestamptz, times float8)
returns timestamptz
language plpgsql stable
as $$
declare
    reach interval := (last_at - first_at) * times;
begin
    return case when reach <= interval '14600 days' and last_at - reach > oldest then last_at - reach else '-infinity' end;
end
$$;
