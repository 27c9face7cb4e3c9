-- One page of the posts that match, the best first, as a JSON text, with highlights (HTML: what is not <mark> is escaped), and the
-- position of the last if there are more. If nothing matches, the nearest words that posts do have are tried, and `corrected` says
-- so. Ranked are the newest five hundred that match: more would make a frequent word dear, and differ for no reader.
create or replace function blog.search_posts(
    words text, reader uuid, after_rank float8, after_id uuid, size int8,
    out items text, out last_rank float8, out last_id uuid, out corrected text)
language plpgsql stable
as $$
declare
    query   tsquery;
    shown   tsquery;
    terms   text[];
    moment  timestamptz := platform.now();
    ranked  constant int8 := 500;
    all_ids uuid[] := '{}';
    ids     uuid[];
    ranks   float8[];
begin
    items := '[]';
    select q.query, q.shown, q.terms into query, shown, terms from blog.search_query(words) q;
    if numnode(query) > 0 then
        all_ids := blog.newest_matching(query, moment, 'ffffffff-ffff-ffff-ffff-ffffffffffff', ranked);
    end if;
    if cardinality(all_ids) = 0 then
        corrected := blog.corrected_words(words);
        if corrected is null then
            return;
        end if;
        select q.query, q.shown, q.terms into query, shown, terms from blog.search_query(corrected) q;
        if numnode(query) = 0 then
            return;
        end if;
        all_ids := blog.newest_matching(query, moment, 'ffffffff-ffff-ffff-ffff-ffffffffffff', ranked);
    end if;

    select array_agg(m.post_id order by m.rank desc, m.post_id desc), array_agg(m.rank order by m.rank desc, m.post_id desc)
    into ids, ranks
    from (
        select r.post_id, r.rank
        from (
            select e.post_id, ts_rank(e.vector, query, 1)::float8 as rank
            from unnest(all_ids) i (id) join blog.search_entries e on e.post_id = i.id offset 0) r
        where after_rank is null or (r.rank, r.post_id) < (after_rank, after_id)
        order by r.rank desc, r.post_id desc limit size + 1) m;

    if cardinality(ids) > size then
        last_id := ids[size::int];
        last_rank := ranks[size::int];
    end if;
    select '[' || coalesce(string_agg(
            concat('{', s.head, ',"highlights":{"title":', to_json(blog.highlight(t.title, shown, terms, 'HighlightAll=true')),
                   ',"text":', to_json(blog.highlight(coalesce(t.summary || ' ', '') || left(t.text, 50000), shown, terms,
                                                       'MaxWords=30, MinWords=12, MaxFragments=2, FragmentDelimiter=" … "')), '}}'),
            ',' order by k.place), '') || ']'
    into items
    from unnest(ids[1:size::int]) with ordinality as k (id, place)
    join blog.shown_posts(reader) s on s.id = k.id
    join blog.posts t on t.id = k.id;
end
$$;
