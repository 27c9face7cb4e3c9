-- What somebody looks for. `query` is for vectors; `shown` and `terms` for texts, in which runs without spaces stand whole. The grammar is
-- that of websearch_to_tsquery, which only queries without such runs can be left to: a part of a run is a phrase of pairs, and
-- is looked for beside the words that it is written together with.
create or replace function blog.search_query(words text, out query tsquery, out shown tsquery, out terms text[])
language plpgsql immutable
as $$
declare
    folded      text := blog.search_text(words);
    token       record;
    part        record;
    piece       tsquery;
    clause      tsquery;
    alternative tsquery;
begin
    terms := '{}';
    if folded !~ ('[' || blog.unspaced() || ']') then
        query := websearch_to_tsquery('english', folded);
        shown := query;
        return;
    end if;
    for token in
        select m.parts[1] = '-' as is_excluded, replace(m.parts[2], '"', ' ') as text, m.parts[2] = 'or' as is_or
        from regexp_matches(folded, '(-?)("[^"]*"?|[^[:space:]"]+)', 'g') m (parts)
    loop
        if token.is_or and not token.is_excluded then
            query := coalesce(query || alternative, alternative, query);
            alternative := null;
            continue;
        end if;
        clause := null;
        for part in
            select m.parts[1] as run, coalesce((select s.words from blog.segment(m.parts[1]) s), m.parts[2]) as text
            from regexp_matches(token.text, '([' || blog.unspaced() || ']+)|([^' || blog.unspaced() || ']+)', 'g') m (parts)
        loop
            -- Quotes make a phrase of it. What search passes over is nothing.
            piece := websearch_to_tsquery('english', '"' || part.text || '"');
            continue when numnode(piece) = 0;
            clause := coalesce(clause && piece, piece);
            if not token.is_excluded then
                if part.run is not null then
                    terms := terms || part.run;
                    piece := websearch_to_tsquery('english', part.run);
                end if;
                shown := coalesce(shown || piece, piece);
            end if;
        end loop;
        if token.is_excluded then
            clause := !! clause;
        end if;
        alternative := coalesce(alternative && clause, clause, alternative);
    end loop;
    query := coalesce(query || alternative, alternative, query, websearch_to_tsquery('english', ''));
    shown := coalesce(shown, query);
end
$$;
