-- The newest posts before a position that match, newest first, `most` at most; with `in_titles` those whose title and tags do. `more` says
-- whether there may be older ones. Looked for among the newest hundreds (thousands, if in titles, which have few words), then in so long a
-- time as would hold `enough` of them at that rate, and so on till as many were found or all was looked through: a word that most posts
-- have is answered by the first step, and one that reaches the last is so rare that all its posts can be taken. What it costs depends on
-- what is enough, not on how many posts there are. A word that only hundreds of thousands of long past posts have is the exception: those
-- are gathered.
create or replace function blog.newest_matching(
    query tsquery, after_at timestamptz, after_key uuid, enough int8, most int8, in_titles boolean,
    out ids uuid[], out more boolean)
language plpgsql stable
as $$
declare
    first_at timestamptz;
    last_at  timestamptz;
    oldest   timestamptz;
    found    int8;
begin
    ids := '{}';
    more := false;
    select w.first_at, w.last_at, w.oldest into first_at, last_at, oldest from blog.newest_window(after_at, after_key) w;
    if first_at is null then
        return;
    end if;
    if in_titles and first_at > '-infinity' then
        first_at := blog.wider_window(first_at, last_at, oldest, 5);
    end if;
    loop
        ids := blog.matching_since(query, first_at, last_at, after_at, after_key, most, in_titles);
        found := cardinality(ids);
        more := first_at > '-infinity' or found = most;
        exit when first_at = '-infinity' or found >= enough;
        -- Half as much again as that rate asks for, so that one more step seldom needs a third; of none, as if half a one was found.
        first_at := blog.wider_window(first_at, last_at, oldest, greatest(1.5 * enough / greatest(found, 0.5), 2));
    end loop;
end
$$;

-- Those of them that were published since a time, if none is after `last_at`.
create or replace function blog.matching_since(
    query tsquery, first_at timestamptz, last_at timestamptz, after_at timestamptz, after_key uuid, most int8, in_titles boolean)
returns uuid[]
language plpgsql stable
-- How many posts have a word is not known when the plan is made, and a scan for a word that none has is the longest of all. To plan
-- each step anew takes as long as many of them.
set enable_seqscan = off
set plan_cache_mode = force_generic_plan
as $$
declare
    scope tsquery := case when first_at = '-infinity' then query else query && blog.era_query(first_at, last_at) end;
begin
    if in_titles then
        return array(
            with matching as materialized (
                select e.post_id, e.published_at from blog.search_entries e where blog.title_vector(e.vector) @@ scope)
            select m.post_id from matching m
            where m.published_at >= first_at and (m.published_at, m.post_id) < (after_at, after_key)
            order by m.published_at desc, m.post_id desc limit most);
    end if;
    return array(
        with matching as materialized (
            select e.post_id, e.published_at from blog.search_entries e where e.vector @@ scope)
        select m.post_id from matching m
        where m.published_at >= first_at and (m.published_at, m.post_id) < (after_at, after_key)
        order by m.published_at desc, m.post_id desc limit most);
end
$$;

-- The time of the newest posts before a position, some hundreds of them, and when the oldest of all was published. `first_at` is -infinity
-- where all are to be looked through at once, and null where there are none.
create or replace function blog.newest_window(
    after_at timestamptz, after_key uuid, out first_at timestamptz, out last_at timestamptz, out oldest timestamptz)
language plpgsql stable
as $$
declare
    sample constant int8 := 250;
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
    -- However dense: all that were published at once are one hour's.
    first_at := least(first_at, last_at - interval '1 hour');
    if many < sample or first_at <= oldest or last_at - first_at > interval '14600 days' then
        first_at := '-infinity';
    end if;
end
$$;

-- When a time began that is so many times as long; -infinity where it would be a quarter of all: its marks are sought longer than they
-- spare.
create or replace function blog.wider_window(first_at timestamptz, last_at timestamptz, oldest timestamptz, times float8)
returns timestamptz
language plpgsql stable
as $$
declare
    reach interval := (last_at - first_at) * times;
begin
    return case when reach <= interval '14600 days' and last_at - 4 * reach > oldest then last_at - reach else '-infinity' end;
end
$$;
