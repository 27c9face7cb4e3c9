-- One page of the posts that match, the best first, as a JSON text, with highlights (HTML: what is not <mark> is escaped), and the
-- position of the last if there are more. If nothing matches, the nearest words that posts do have are tried, and `corrected` says
-- so. Of words that thousands of posts have, the newest posts are ranked: they alone differ for a reader.
create or replace function blog.search_posts(
    words text, reader uuid, after_rank float8, after_id uuid, size int8,
    out items text, out last_rank float8, out last_id uuid, out corrected text)
language plpgsql stable
-- How many posts have a word is not known when the plan is made, and a scan for a word that none has is the longest of all.
set enable_seqscan = off
as $$
declare
    query   tsquery := websearch_to_tsquery('english', blog.fold(words));
    moment  timestamptz := platform.now();
    ids     uuid[];
    ranks   float8[];
begin
    items := '[]';
    if not exists (select 1 from blog.search_entries e where e.vector @@ query) then
        corrected := blog.corrected_words(words);
        if corrected is null then
            return;
        end if;
        query := websearch_to_tsquery('english', corrected);
    end if;
    if numnode(query) = 0 then
        return;
    end if;

    if blog.is_rare(query) then
        with matching as materialized (
            select e.post_id, e.published_at, ts_rank(e.vector, query, 1)::float8 as rank
            from blog.search_entries e where e.vector @@ query)
        select array_agg(m.post_id order by m.rank desc, m.post_id desc), array_agg(m.rank order by m.rank desc, m.post_id desc)
        into ids, ranks
        from (
            select m.post_id, m.rank from matching m
            where m.published_at <= moment and (after_rank is null or (m.rank, m.post_id) < (after_rank, after_id))
            order by m.rank desc, m.post_id desc limit size + 1) m;
    else
        with newest as materialized (
            select n.post_id, ts_rank(n.vector, query, 1)::float8 as rank
            from (
                select e.post_id, e.vector, e.published_at from blog.search_entries e where e.published_at <= moment
                order by e.published_at desc, e.post_id desc limit 20000) n
            where n.vector @@ query limit 500)
        select array_agg(m.post_id order by m.rank desc, m.post_id desc), array_agg(m.rank order by m.rank desc, m.post_id desc)
        into ids, ranks
        from (
            select n.post_id, n.rank from newest n
            where after_rank is null or (n.rank, n.post_id) < (after_rank, after_id)
            order by n.rank desc, n.post_id desc limit size + 1) m;
    end if;

    if cardinality(ids) > size then
        last_id := ids[size::int];
        last_rank := ranks[size::int];
    end if;
    select '[' || coalesce(string_agg(
            concat('{', s.head, ',"highlights":{"title":', to_json(blog.highlight(t.title, query, 'HighlightAll=true')),
                   ',"text":', to_json(blog.highlight(coalesce(t.summary || ' ', '') || left(t.text, 50000), query,
                                                       'MaxWords=30, MinWords=12, MaxFragments=2, FragmentDelimiter=" … "')), '}}'),
            ',' order by k.place), '') || ']'
    into items
    from unnest(ids[1:size::int]) with ordinality as k (id, place)
    join blog.shown_posts(reader) s on s.id = k.id
    join blog.posts t on t.id = k.id;
end
$$;
