-- One article, whole, as a JSON text; null where there is none to be seen.
create or replace function blog.conduit_article(post uuid, reader uuid) returns text
language plpgsql stable
as $$
begin
    return (
        select concat('{"article":{', s.head, ',"body":', to_json(s.body), '}}')
        from blog.conduit_articles(conduit_article.reader, null) s where s.id = conduit_article.post);
end
$$;
