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
