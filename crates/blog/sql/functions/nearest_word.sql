-- The word that was meant: one mistake in short words, two in longer ones. What the words lose finds the candidates, the edit
-- distance decides; of equals, the word of the same letters: fingers swap more often than they miss.
create or replace function blog.nearest_word(word text) returns text
language plpgsql stable
as $$
declare
    wanted  text[] := blog.deletes(word);
    allowed int := case when length(word) <= 5 then 1 else 2 end;
    found   text;
begin
    select c.word into found
    from (
        select s.word, blog.edit_distance(s.word, nearest_word.word) as distance, s.shared
        from (
            select w.word, cardinality(array(select unnest(w.deletes) intersect select unnest(wanted))) as shared
            from blog.search_words w
            where w.deletes && wanted and length(w.word) between length(nearest_word.word) - allowed and length(nearest_word.word) + allowed
            order by shared desc, w.word limit 40) s) c
    where c.distance <= allowed
    order by c.distance, blog.letters(c.word) <> blog.letters(nearest_word.word), c.shared desc, c.word
    limit 1;
    return found;
end
$$;

-- The letters of a word in their order in the alphabet.
create or replace function blog.letters(word text) returns text[]
language sql immutable
as $$ select array(select l from unnest(string_to_array(word, null)) l order by l) $$;
