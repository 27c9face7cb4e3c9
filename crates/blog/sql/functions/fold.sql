-- Text as search compares it: without case, accents and characters that are not seen, on servers of any locale (in the C locale lower()
-- knows ASCII alone).
create or replace function blog.fold(source text) returns text
language sql immutable
as $$
    select lower(translate(
        normalize(regexp_replace(normalize(source, nfkd), U&'[\0300-\036F\00AD\200C\200D\2060\FE00-\FE0F]', '', 'g'), nfc),
        'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЄІҐЂЈЉЊЋЏØŁĐÆŒÞÐẞ',
        'αβγδεζηθικλμνξοπρστυφχψωσабвгдежзиклмнопрстуфхцчшщъыьэюяєіґђјљњћџøłđæœþðß'))
$$;

-- Text as Postgres' parser gets it: folded, and with spaces for marks beyond ASCII, which are letters to the parser in the C locale.
create or replace function blog.search_text(source text) returns text
language sql immutable
as $$
    select regexp_replace(blog.fold(source), '[' || blog.punctuation() || ']+', ' ', 'g')
$$;

-- The words of a text, folded; what is written without spaces is one.
create or replace function blog.words(source text) returns setof text
language sql immutable
as $$
    select w from regexp_split_to_table(
        regexp_replace(blog.search_text(source), '([' || blog.unspaced() || ']+)', ' \1 ', 'g'),
        U&'[\0001-\002F\003A-\0040\005B-\0060\007B-\007F]+') w
    where w <> ''
$$;
