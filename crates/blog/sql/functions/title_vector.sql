-- What of a vector is of the title and the tags, and the marks of time (blog.search_marks): an index over it finds the newest posts whose
-- title has a word, where most posts have it somewhere.
create or replace function blog.title_vector(vector tsvector) returns tsvector
language sql immutable
as $$
    select ts_filter(vector, '{a,b}') || array_to_tsvector(array(
        select m.lexeme from unnest(vector) m
        where m.positions is null and m.lexeme ~ '^(hour|day|month|year) '))
$$;
