-- What a word's first seven letters become without one of them, and without two in words of more than five: two words that are one or
-- two mistakes apart have one of these in common (symmetric deletes), so that the index finds the few words that may have been
-- meant, where it found every word with a syllable in common before.
create or replace function blog.deletes(word text) returns text[]
language sql immutable
as $$
    select array(
        with letters as (select left(word, 7) as part, least(length(word), 7) as n)
        select l.part from letters l
        union
        select left(l.part, i - 1) || substr(l.part, i + 1) from letters l, generate_series(1, l.n) i
        union
        select left(l.part, i - 1) || substr(l.part, i + 1, j - i - 1) || substr(l.part, j + 1)
        from letters l, generate_series(1, l.n) i, generate_series(i + 1, l.n) j
        where length(word) > 5)
$$;
