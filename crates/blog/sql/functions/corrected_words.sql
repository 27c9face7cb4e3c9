-- A query in which every word that no post to be seen has is replaced by the nearest that one has; null if there is nothing to replace.
-- Posts are looked through twice, however many words there are: for those of the query, and for those that may have been meant.
-- What is written without spaces is left as it is.
create or replace function blog.corrected_words(words text) returns text
language plpgsql stable
as $$
declare
    parts    text[] := array(
        select w.word from blog.words(left(corrected_words.words, 200)) with ordinality as w (word, place)
        order by w.place limit 8);
    doubtful text[] := array(
        select distinct p.part from unnest(parts) p (part)
        where length(p.part) between 3 and 30 and p.part !~ ('[' || blog.unspaced() || ']'));
    seen     text[] := blog.seen_words(array(select s.word from blog.search_words s where s.word = any (doubtful)));
begin
    return (
        with near as materialized (
            select d.part, n.word, n.place
            from unnest(doubtful) d (part)
            cross join lateral unnest(blog.nearest_words(d.part)) with ordinality as n (word, place)
            where d.part <> all (seen)),
        present as materialized (
            select s.word from unnest(blog.seen_words(array(select distinct n.word from near n))) s (word)),
        chosen as (
            select distinct on (n.part) n.part, n.word
            from near n join present s on s.word = n.word
            order by n.part, n.place)
        select case when count(c.word) > 0 then string_agg(coalesce(c.word, p.part), ' ' order by p.place) end
        from unnest(parts) with ordinality as p (part, place)
        left join chosen c on c.part = p.part);
end
$$;
