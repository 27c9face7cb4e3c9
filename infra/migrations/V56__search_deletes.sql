-- Misspelt words are found by what they have in common without a letter or two (blog.deletes, written out here because functions come
-- after migrations): trigrams had every third word as a candidate where there were hundreds of thousands.
alter table blog.search_words add column deletes text[] not null default '{}';
update blog.search_words w
set deletes = array(
    select left(w.word, 7)
    union
    select left(left(w.word, 7), i - 1) || substr(left(w.word, 7), i + 1) from generate_series(1, least(length(w.word), 7)) i
    union
    select left(left(w.word, 7), i - 1) || substr(left(w.word, 7), i + 1, j - i - 1) || substr(left(w.word, 7), j + 1)
    from generate_series(1, least(length(w.word), 7)) i, generate_series(i + 1, least(length(w.word), 7)) j
    where length(w.word) > 5);
alter table blog.search_words alter column deletes drop default, drop column trigrams;
create index search_words_deletes on blog.search_words using gin (deletes);
drop function if exists blog.trigrams(text);
