-- What is written without spaces (Chinese, Japanese, Korean, Thai) is found by any of its parts, and marks beyond ASCII part words in every
-- locale. The functions are written out here because functions come after migrations.
drop function if exists blog.is_word_seen(text);
drop function if exists blog.nearest_word(text);
drop function if exists blog.highlight(text, tsquery, text);

-- The letters that are written without spaces between words, inside of a regular expression's brackets: Thai, Lao, Burmese, Khmer, Chinese,
-- Japanese; and Korean, whose words end in particles.
create or replace function blog.unspaced() returns text
language sql immutable
as $$
    select U&'\0E01-\0E3E\0E40-\0EFF\1000-\109F\1100-\11FF\1780-\17D3\2E80-\2FDF\3005-\3007\3021-\302F\3031-\3035\303B\3041-\309F'
        || U&'\30A1-\30FA\30FC-\30FF\3105-\318E\31A0-\31BF\31F0-\31FF\3400-\4DBF\4E00-\9FFF\A960-\A97C\AC00-\D7FB\F900-\FAFF'
        || U&'\+020000-\+0323AF'
$$;

-- Marks beyond ASCII that separate words, likewise: punctuation, symbols, pictures.
create or replace function blog.punctuation() returns text
language sql immutable
as $$
    select U&'\0080-\00A9\00AB-\00B4\00B6-\00B9\00BB-\00BF\00D7\00F7\0E3F\0F0B-\0F14\2000-\206F\20A0-\20CF\2190-\2BFF\2E00-\2E7F'
        || U&'\3000-\3004\3008-\3020\3030\303D-\303F\30A0\30FB\FE10-\FE1F\FE30-\FE6F\FF00-\FF0F\FF1A-\FF20\FF3B-\FF40\FF5B-\FF65'
        || U&'\+01F000-\+01FAFF'
$$;

-- Words of a folded text as search keeps them: a run of letters that has no spaces becomes its pairs of neighbours, in whose order any
-- part of the run is a phrase. `letters` are those of the runs, each once: a query of a single one finds them. Vowels and tones that
-- are written above or below a letter belong to it. "the" takes a place and is no word to search: no phrase reaches from one run into the
-- next, as from Tokyo, Kyoto (東京、京都) into Tokyo's prefecture (東京都).
create or replace function blog.segment(folded text, out words text, out letters text)
language sql immutable
as $$
    select string_agg(
               case when s.apart is not null then ' ' || s.apart || ' the '
                    when s.next is not null then s.letter || s.next || ' '
                    when s.previous is null then s.letter || ' '
                    else '' end, '' order by s.place),
           string_agg(distinct s.letter, ' ')
    from (
        select m.parts[1] as letter, m.parts[2] as apart, m.place,
               lead(m.parts[1]) over by_place as next, lag(m.parts[1]) over by_place as previous
        from regexp_matches(
            segment.folded,
            '([' || blog.unspaced() || U&'][\0E31\0E34-\0E3A\0E47-\0E4E\0EB1\0EB4-\0EBC\0EC8-\0ECE\102B-\103E\1056-\1059\17B4-\17D3\3099\309A]*)'
            || '|([^' || blog.unspaced() || ']+)', 'g') with ordinality as m (parts, place)
        window by_place as (order by m.place)) s
$$;

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

-- The words of a text. What has no spaces counts in the first 100,000 characters, where each letter is the beginning of a word.
create or replace function blog.words_vector(source text) returns tsvector
language plpgsql immutable
as $$
declare
    folded  text := blog.search_text(source);
    words   text;
    letters text;
begin
    if folded !~ ('[' || blog.unspaced() || ']') then
        return to_tsvector('english', folded);
    end if;
    select s.words, s.letters into words, letters from blog.segment(left(folded, 100000)) s;
    return to_tsvector('english', words) || to_tsvector('english', coalesce(letters, ''))
        || to_tsvector('english', regexp_replace(substr(folded, 100001), '[' || blog.unspaced() || ']+', ' ', 'g'));
end
$$;

-- Posts in these scripts, and in those whose composed letters are folded otherwise now (Hebrew, Arabic, Indic), each as it is when its turn
-- comes: whoever saves one meanwhile does so by the functions of before. Others' vectors would stay as they are.
do $$
declare
    post       record;
    characters int;
begin
    for post in
        select p.id, p.title, p.summary, p.tags, p.text
        from blog.posts p
        where concat(p.title, p.summary, array_to_string(p.tags, ''), p.text) ~ ('[' || blog.unspaced() || U&'\0590-\0DFF]')
          and exists (select from blog.search_entries e where e.post_id = p.id)
        for update of p
    loop
        characters := 400000;
        loop
            begin
                update blog.search_entries e
                set vector = setweight(blog.words_vector(post.title), 'A')
                    || setweight(blog.words_vector(array_to_string(post.tags, ' ')), 'B')
                    || setweight(blog.words_vector(coalesce(post.summary, '')), 'C')
                    || setweight(blog.words_vector(left(post.text, characters)), 'D')
                    || array_to_tsvector(array(select m.lexeme from unnest(e.vector) m where m.positions is null))
                where e.post_id = post.id;
                exit;
            exception when program_limit_exceeded then
                if characters < 10000 then
                    raise;
                end if;
                characters := characters / 4;
            end;
        end loop;
    end loop;
end
$$;

-- Mistakes are forgiven in words of letters alone; those of other scripts are folded otherwise now.
delete from blog.search_words w where w.word ~ ('[' || blog.unspaced() || ']');
update blog.search_words w
set word = normalize(w.word, nfc), deletes = array(select distinct normalize(d, nfc) from unnest(w.deletes) d)
where w.word <> normalize(w.word, nfc);
