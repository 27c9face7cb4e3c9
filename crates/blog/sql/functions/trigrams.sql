-- The distinct trigrams of a word, with two spaces before it and one behind, as pg_trgm makes them.
create or replace function blog.trigrams(word text) returns text[]
language sql immutable
as $$
    select array(
        select distinct substr(padded, i, 3)
        from (select '  ' || word || ' ' as padded) p, generate_series(1, length(word) + 1) i)
$$;
