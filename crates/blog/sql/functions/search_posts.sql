-- One page of the posts that match, as a JSON text, with highlights (HTML: what is not <mark> is escaped), and the position of the last
-- if there are more. First come those whose title and tags have all the words, the newest of them, fifty at most, then the others from the
-- newest on, a hundred at most at a time; of each lot the best first. To rank all would make a frequent word dear where there are many posts.
-- If nothing matches, the nearest words that posts do have are tried, and `corrected` says so.
--
-- A position is {"in_titles": whether it is among the first, "from": what its lot is older than, "to": the oldest of the lot, where there
-- may be older ones, "titles_to": that of the first lot, "rank": number, "id": its post}; times are [milliseconds, id]. So a lot stays
-- what it was, whatever is published or deleted meanwhile.
create or replace function blog.search_posts(
    words text, reader uuid, after jsonb, size int8, out items text, out last jsonb, out corrected text)
language plpgsql stable
as $$
declare
    query  tsquery;
    shown  tsquery;
    terms  text[];
    ids    uuid[];
begin
    items := '[]';
    select q.query, q.shown, q.terms into query, shown, terms from blog.search_query(words) q;
    if numnode(query) > 0 then
        select r.ids, r.last into ids, last from blog.ranked_matching(query, after, size) r;
    end if;
    if ids is null then
        corrected := blog.corrected_words(words);
        if corrected is null then
            return;
        end if;
        select q.query, q.shown, q.terms into query, shown, terms from blog.search_query(corrected) q;
        if numnode(query) = 0 then
            return;
        end if;
        select r.ids, r.last into ids, last from blog.ranked_matching(query, after, size) r;
    end if;
    select '[' || coalesce(string_agg(
            concat('{', s.head, ',"highlights":{"title":', to_json(blog.highlight(t.title, shown, terms, 'HighlightAll=true')),
                   ',"text":', to_json(blog.highlight(coalesce(t.summary || ' ', '') || blog.passage(t.text, shown, terms), shown, terms,
                                                       'MaxWords=30, MinWords=12, MaxFragments=2, FragmentDelimiter=" … "')), '}}'),
            ',' order by k.place), '') || ']'
    into items
    from unnest(ids) with ordinality as k (id, place)
    join blog.shown_posts(reader) s on s.id = k.id
    join blog.posts t on t.id = k.id;
end
$$;

-- The posts of a page, null if there are none, and the position of the last if there are more.
create or replace function blog.ranked_matching(query tsquery, after jsonb, size int8, out ids uuid[], out last jsonb)
language plpgsql stable
as $$
declare
    newest     constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    moment     constant timestamptz := date_trunc('milliseconds', platform.now());
    in_titles  boolean := coalesce((after ->> 'in_titles')::boolean, true);
    from_at    timestamptz := coalesce(to_timestamp((after -> 'from' ->> 0)::float8 / 1000), moment);
    from_id    uuid := coalesce((after -> 'from' ->> 1)::uuid, newest);
    to_at      timestamptz := to_timestamp((after -> 'to' ->> 0)::float8 / 1000);
    to_id      uuid := (after -> 'to' ->> 1)::uuid;
    titles_at  timestamptz := to_timestamp((after -> 'titles_to' ->> 0)::float8 / 1000);
    titles_id  uuid := (after -> 'titles_to' ->> 1)::uuid;
    after_rank real := (after ->> 'rank')::real;
    after_id   uuid := (after ->> 'id')::uuid;
    lot        uuid[];
    more       boolean;
    ranked     uuid[];
    ranks      real[];
    before     int8;
begin
    ids := '{}';
    loop
        if to_at is not null then
            lot := blog.matching_since(query, to_at, from_at, from_at, from_id, 1000, in_titles);
        else
            select n.ids, n.more into lot, more
            from blog.newest_matching(
                query, from_at, from_id, case when in_titles then 25 else 40 end, case when in_titles then 50 else 100 end, in_titles) n;
            if more then
                select e.published_at, e.post_id into to_at, to_id
                from blog.search_entries e where e.post_id = lot[cardinality(lot)];
            end if;
        end if;
        select array_agg(m.post_id order by m.rank desc, m.post_id desc), array_agg(m.rank order by m.rank desc, m.post_id desc)
        into ranked, ranks
        from (
            select r.post_id, r.rank
            from (
                select e.post_id, ts_rank(e.vector, query, 1) as rank
                from unnest(lot) l (id) join blog.search_entries e on e.post_id = l.id
                where (to_at is null or (e.published_at, e.post_id) >= (to_at, to_id))
                  -- In the title is not yet without a word that is to be left out.
                  and case when in_titles then e.vector @@ query
                           else not (ts_filter(e.vector, '{a,b}') @@ query
                                     and (titles_at is null or (e.published_at, e.post_id) >= (titles_at, titles_id))) end
                offset 0) r
            where after_rank is null or (r.rank, r.post_id) < (after_rank, after_id)
            order by r.rank desc, r.post_id desc limit size + 1 - cardinality(ids)) m;
        before := cardinality(ids);
        ids := ids || coalesce(ranked, '{}');
        if before < size and cardinality(ids) >= size then
            last := jsonb_build_object(
                'in_titles', in_titles,
                'from', blog.place(from_at, from_id), 'to', blog.place(to_at, to_id), 'titles_to', blog.place(titles_at, titles_id),
                'rank', ranks[(size - before)::int], 'id', ids[size::int]);
        end if;
        exit when cardinality(ids) > size or (not in_titles and to_at is null);
        if in_titles then
            in_titles := false;
            titles_at := to_at;
            titles_id := to_id;
            from_at := moment;
            from_id := newest;
        else
            from_at := to_at;
            from_id := to_id;
        end if;
        to_at := null;
        after_rank := null;
    end loop;
    if cardinality(ids) > size then
        ids := ids[1:size::int];
    else
        last := null;
        ids := nullif(ids, '{}');
    end if;
end
$$;

-- A place in time, as a position tells it; null if there is none.
create or replace function blog.place(at timestamptz, id uuid) returns jsonb
language sql stable
as $$ select case when at is not null then jsonb_build_array((extract(epoch from at) * 1000)::int8, id) end $$;
