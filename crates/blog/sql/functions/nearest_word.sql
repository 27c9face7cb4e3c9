-- The word that was meant: one mistake in short words, two in longer ones. What the words lose finds the candidates, the edit
-- distance decides; of equals, the word of the same letters: fingers swap more often than they miss. Of the five nearest, the first that
-- a post to be seen has.
create or replace function blog.nearest_word(word text) returns text
language plpgsql stable
as $$
declare
    wanted    text[] := blog.deletes(word);
    allowed   int := case when length(word) <= 5 then 1 else 2 end;
    candidate text;
begin
    for candidate in
        select c.word
        from (
            select s.word, blog.edit_distance(s.word, nearest_word.word) as distance, s.shared
            from (
                select w.word, cardinality(array(select unnest(w.deletes) intersect select unnest(wanted))) as shared
                from blog.search_words w
                where w.deletes && wanted and length(w.word) between length(nearest_word.word) - allowed and length(nearest_word.word) + allowed
                order by shared desc, w.word limit 40) s) c
        where c.distance <= allowed
        order by c.distance, blog.letters(c.word) <> blog.letters(nearest_word.word), c.shared desc, c.word
        limit 5
    loop
        if blog.is_word_seen(candidate) then
            return candidate;
        end if;
    end loop;
    return null;
end
$$;

-- The letters of a word in their order in the alphabet.
create or replace function blog.letters(word text) returns text[]
language sql immutable
as $$ select array(select l from unnest(string_to_array(word, null)) l order by l) $$;

-- Whether a post that is to be seen has this word: one whose time is to come has told its words already, and one that is gone leaves
-- them behind. Words that search passes over are everybody's.
create or replace function blog.is_word_seen(word text) returns boolean
language plpgsql stable
as $$
declare
    query tsquery := plainto_tsquery('english', word);
begin
    return numnode(query) = 0
        or cardinality(blog.newest_matching(query, platform.now(), 'ffffffff-ffff-ffff-ffff-ffffffffffff', 1)) > 0;
end
$$;
