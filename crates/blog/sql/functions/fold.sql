-- Text as search compares it: without case and accents, on servers of any locale (in the C locale lower() knows ASCII alone).
create or replace function blog.fold(source text) returns text
language sql immutable
as $$
    select lower(translate(
        regexp_replace(normalize(source, nfkd), U&'[\0300-\036F]', '', 'g'),
        'ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩςАБВГДЕЖЗИКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯЄІҐЂЈЉЊЋЏØŁĐÆŒÞÐẞ',
        'αβγδεζηθικλμνξοπρστυφχψωσабвгдежзиклмнопрстуфхцчшщъыьэюяєіґђјљњћџøłđæœþðß'))
$$;

-- The words of a text, folded.
create or replace function blog.words(source text) returns setof text
language sql immutable
as $$
    select w from regexp_split_to_table(
        blog.fold(source), U&'[\0001-\002F\003A-\0040\005B-\0060\007B-\00BF\2000-\206F\3000-\303F\FF00-\FF0F]+') w
    where w <> ''
$$;
