-- One page of the posts that match, as a JSON text, with highlights (HTML: what is not <mark> is escaped), and the position of the last
-- if there are more. First come those whose title and tags have all the words, the newest fifty of them, then the others, hundred by
-- hundred from the newest on; of each lot the best first. To rank all would make a frequent word dear where there are many posts.
-- If nothing matches, the nearest words that posts do have are tried, and `corrected` says so.
--
-- A position is {"in_titles": whether it is among the first, "from": what its lot is older than, "titles_from": the oldest of the
-- first, where there are more of them, "rank": number, "id": its post}; times are [milliseconds, id].
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
    wanted      int8;
    newest      constant uuid := 'ffffffff-ffff-ffff-ffff-ffffffffffff';
    moment      constant timestamptz := date_trunc('milliseconds', platform.now());
    in_titles   boolean := coalesce((after ->> 'in_titles')::boolean, true);
    from_at     timestamptz := coalesce(to_timestamp((after -> 'from' ->> 0)::float8 / 1000), moment);
    from_id     uuid := coalesce((after -> 'from' ->> 1)::uuid, newest);
    titles_at   timestamptz := to_timestamp((after -> 'titles_from' ->> 0)::float8 / 1000);
    titles_id   uuid := (after -> 'titles_from' ->> 1)::uuid;
    after_rank  real := (after ->> 'rank')::real;
    after_id    uuid := (after ->> 'id')::uuid;
    found       uuid[];
    ranked      uuid[];
    ranks       real[];
    before      int8;
    more        boolean;
begin
    ids := '{}';
    loop
        wanted := case when in_titles then 50 else 100 end;
        found := blog.newest_matching(query, from_at, from_id, wanted, in_titles);
        select array_agg(m.post_id order by m.rank desc, m.post_id desc), array_agg(m.rank order by m.rank desc, m.post_id desc)
        into ranked, ranks
        from (
            select r.post_id, r.rank
            from (
                select e.post_id, ts_rank(e.vector, query, 1) as rank
                from unnest(found) f (id) join blog.search_entries e on e.post_id = f.id
                -- In the title is not yet without a word that is to be left out.
                where case when in_titles then e.vector @@ query
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
                'from', jsonb_build_array((extract(epoch from from_at) * 1000)::int8, from_id),
                'titles_from', case when titles_at is not null
                                    then jsonb_build_array((extract(epoch from titles_at) * 1000)::int8, titles_id) end,
                'rank', ranks[(size - before)::int],
                'id', ids[size::int]);
        end if;
        more := cardinality(found) = wanted;
        exit when cardinality(ids) > size or (not in_titles and not more);
        if more then
            select e.published_at, e.post_id into from_at, from_id
            from blog.search_entries e where e.post_id = found[cardinality(found)];
        end if;
        if in_titles then
            if more then
                titles_at := from_at;
                titles_id := from_id;
            end if;
            in_titles := false;
            from_at := moment;
            from_id := newest;
        end if;
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
