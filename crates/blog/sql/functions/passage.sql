-- What of a text blog.highlight looks through for excerpts: a thousand characters around the first word of the query, and as many around
-- the first of another that is not there. ts_headline takes 0.1 ms for as many; posts are long, and a page of results has twenty. Of a
-- text without the words its beginning; phrases, whose words stand anywhere by themselves, are looked for in 50,000 characters.
create or replace function blog.passage(source text, query tsquery, terms text[]) returns text
language plpgsql immutable
as $$
declare
    before  constant int := 150;
    size    constant int := 1000;
    head    text := left(source, 50000);
    passage text;
    from_at int;
    word    record;
begin
    if length(head) <= 2 * size or query::text ~ '<' then
        return head;
    end if;
    for word in
        select f.at
        from (
            -- Words of a query stand without their endings, "happi" for "happy".
            select regexp_instr(
                head,
                case when l.word ~ '^[a-z0-9]' then '\m' else '' end
                    || regexp_replace(regexp_replace(l.word, '(?<=..)i$', ''), '([^[:alnum:]])', '\\\1', 'g'),
                1, 1, 0, 'i') as at
            from (
                select replace(m.parts[2], '''''', '''') as word
                from regexp_matches(query::text, '(!?)''((?:[^'']|'''')+)''', 'g') m (parts)
                where m.parts[1] = ''
                union
                select t.term from unnest(terms) t (term)
                limit 8) l) f
        where f.at > 0
        order by f.at
    loop
        if from_at is null then
            from_at := greatest(word.at - before, 1);
            passage := blog.whole_words(head, from_at, size);
        elsif word.at >= from_at + size - before then
            return concat(passage, ' … ', blog.whole_words(head, word.at - before, size));
        end if;
    end loop;
    return coalesce(passage, blog.whole_words(head, 1, size));
end
$$;

-- So many characters of a text from a place on, less the parts of words at their ends.
create or replace function blog.whole_words(source text, from_at int, size int) returns text
language sql immutable
as $$
    select case when from_at > 1 then regexp_replace(p.part, '^\S{0,40}\s+', '') else p.part end
    from (select case when from_at + size <= length(source) then regexp_replace(substr(source, from_at, size), '\s+\S{0,40}$', '')
                      else substr(source, from_at, size) end) p (part)
$$;
