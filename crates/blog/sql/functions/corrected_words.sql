-- A query in which every word that no post to be seen has is replaced by the nearest that one has; null if there is nothing to replace.
create or replace function blog.corrected_words(words text) returns text
language plpgsql stable
as $$
declare
    part    text;
    nearest text;
    result  text := '';
    changed boolean := false;
begin
    for part in
        select w from blog.words(left(corrected_words.words, 200)) w limit 8
    loop
        nearest := null;
        if length(part) between 3 and 30
            and not (exists (select 1 from blog.search_words s where s.word = part) and blog.is_word_seen(part))
        then
            nearest := blog.nearest_word(part);
        end if;
        changed := changed or nearest is not null;
        result := concat_ws(' ', nullif(result, ''), coalesce(nearest, part));
    end loop;
    return case when changed then result end;
end
$$;
