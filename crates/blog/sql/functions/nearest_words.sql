-- The words that may have been meant, the nearest first, five at most: one mistake in short words, two in longer ones. What the words lose
-- finds the candidates, the edit distance decides; of equals, the word of the same letters: fingers swap more often than they miss.
create or replace function blog.nearest_words(word text) returns text[]
language plpgsql stable
as $$
declare
    wanted  text[] := blog.deletes(word);
    allowed int := case when length(word) <= 5 then 1 else 2 end;
begin
    return array(
        select c.word
        from (
            select s.word, blog.edit_distance(s.word, nearest_words.word) as distance, s.shared
            from (
                select w.word, cardinality(array(select unnest(w.deletes) intersect select unnest(wanted))) as shared
                from blog.search_words w
                where w.deletes && wanted
                  and length(w.word) between length(nearest_words.word) - allowed and length(nearest_words.word) + allowed
                order by shared desc, w.word limit 40) s) c
        where c.distance <= allowed
        order by c.distance, blog.letters(c.word) <> blog.letters(nearest_words.word), c.shared desc, c.word
        limit 5);
end
$$;

-- The letters of a word in their order in the alphabet.
create or replace function blog.letters(word text) returns text[]
language sql immutable
as $$ select array(select l from unnest(string_to_array(word, null)) l order by l) $$;
