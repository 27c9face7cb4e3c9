-- What a post is found by: title before tags before summary before text, and marks. A tsvector holds a megabyte, so of a very long
-- text the first 400,000 characters count, and fewer where they are too many different words.
create or replace function blog.search_vector(post blog.posts) returns tsvector
language plpgsql immutable
as $$
declare
    characters int := 400000;
begin
    loop
        begin
            return setweight(blog.words_vector(post.title), 'A')
                || setweight(blog.words_vector(array_to_string(post.tags, ' ')), 'B')
                || setweight(blog.words_vector(coalesce(post.summary, '')), 'C')
                || setweight(blog.words_vector(left(post.text, characters)), 'D')
                || blog.search_marks(post.published_at, post.author_id, post.tags);
        exception when program_limit_exceeded then
            if characters < 10000 then
                raise;
            end if;
            characters := characters / 4;
        end;
    end loop;
end
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
