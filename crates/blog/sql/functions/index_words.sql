-- Remembers the words of a post's title, tags, summary and first lines, so that a misspelt query finds the word that it meant.
create or replace function blog.index_words(post blog.posts) returns void
language sql volatile
as $$
    insert into blog.search_words (word, deletes)
    select w.word, blog.deletes(w.word)
    from (
        select distinct word
        from blog.words(concat_ws(' ', post.title, array_to_string(post.tags, ' '), post.summary, left(post.text, 5000))) word
        where length(word) between 4 and 30 and word !~ '^[0-9]+$' and word !~ ('[' || blog.unspaced() || ']')) w
    -- Nearly all are known.
    where not exists (select 1 from blog.search_words s where s.word = w.word)
    order by w.word
    on conflict on constraint search_words_pkey do nothing
$$;
