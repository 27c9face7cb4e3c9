-- Lexemes that say when a post was published, by whom, and its tags exactly. They stand in the vector beside the words, so that one
-- descent of the index answers "this word, in these days": a word of a million posts costs what those days hold. All have a space
-- in them, which no word has.
create or replace function blog.search_marks(published_at timestamptz, author uuid, tags text[]) returns tsvector
language sql immutable
as $$
    select array_to_tsvector(
        array(select blog.era_mark(u.unit, published_at at time zone 'UTC') from unnest('{hour,day,month,year}'::text[]) u (unit)
              where published_at is not null)
        || ('author ' || author)
        || array(select 'tag ' || t.tag from unnest(tags) t (tag)))
$$;

-- The mark of the hour, day, month or year that a time (UTC) is in.
create or replace function blog.era_mark(unit text, at timestamp) returns text
language sql immutable
as $$
    select unit || ' ' || to_char(at, case unit when 'hour' then 'YYYY-MM-DD HH24' when 'day' then 'YYYY-MM-DD'
                                                when 'month' then 'YYYY-MM' else 'YYYY' end)
$$;

-- A query for one mark.
create or replace function blog.mark_query(mark text) returns tsquery
language sql immutable
as $$
    select ('''' || replace(replace(mark, '\', '\\'), '''', '''''') || '''')::tsquery
$$;

-- A query for all posts from one time to another, and some around them, by some forty marks at most.
create or replace function blog.era_query(first_at timestamptz, last_at timestamptz) returns tsquery
language plpgsql immutable
as $$
declare
    span interval := last_at - first_at;
    unit text := case when span <= interval '40 hours' then 'hour' when span <= interval '40 days' then 'day'
                      when span <= interval '1200 days' then 'month' else 'year' end;
begin
    return (select string_agg(quote_literal(blog.era_mark(unit, m.at)), ' | ')::tsquery
            from generate_series(date_trunc(unit, first_at at time zone 'UTC'), last_at at time zone 'UTC',
                                 ('1 ' || unit)::interval) m (at));
end
$$;
