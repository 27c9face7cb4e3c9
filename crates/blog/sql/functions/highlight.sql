-- Text with the words of a query between <mark> and </mark>, as HTML: everything else is escaped. The marks travel as two characters
-- of the private use area, which are taken out of the text first, and so is the control character that sets words apart.
create or replace function blog.highlight(source text, query tsquery, terms text[], options text) returns text
language plpgsql immutable
as $$
declare
    plain text := translate(source, U&'\E000\E001\0001', '');
begin
    -- Most texts are ASCII alone, which the parser knows.
    if octet_length(plain) > length(plain) then
        plain := blog.set_apart(plain, terms);
    end if;
    return replace(replace(
        replace(replace(replace(replace(
            translate(ts_headline('english', plain, query, U&'StartSel="\E000", StopSel="\E001", ' || options), U&'\0001', ''),
            '&', '&amp;'), '<', '&lt;'), '>', '&gt;'), '"', '&quot;'),
        U&'\E000', '<mark>'), U&'\E001', '</mark>');
end
$$;

-- Text in which the parser sees words where it would see none: U+0001 stands around each of `terms`, which are without spaces, around
-- marks, and between what else is written without spaces, every four letters, so that excerpts are as long as those of other scripts.
create or replace function blog.set_apart(source text, terms text[]) returns text
language sql immutable
as $$
    select coalesce(string_agg(
        case when p.place % 2 = 0 then p.part
             else regexp_replace(p.part, '([' || blog.unspaced() || ']{1,4}|[' || blog.punctuation() || ']+)', U&'\0001\\1\0001', 'g') end,
        U&'\0001' order by p.place), '')
    from unnest(string_to_array(
        case when cardinality(terms) = 0 then source
             else regexp_replace(source, '(' || array_to_string(terms, '|') || ')', U&'\0001\\1\0001', 'g') end,
        U&'\0001')) with ordinality as p (part, place)
$$;
