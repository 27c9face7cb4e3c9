-- Makes an article a favourite, or no longer, as blog.set_favorite counts it. Answers updated {article} or not_found.
create or replace function blog.conduit_set_favorite(context jsonb, slug text, reader uuid, wanted boolean) returns jsonb
language plpgsql volatile
as $$
declare
    post    uuid := blog.conduit_post(conduit_set_favorite.slug);
    answer  jsonb;
    article jsonb;
begin
    answer := blog.set_favorite(context, (select p.slug from blog.posts p where p.id = post), reader, wanted);
    if answer ->> 'outcome' = 'updated' then
        article := blog.conduit_article(post, reader)::jsonb -> 'article';
    end if;
    -- None is left where its author is disabled meanwhile: whoever deletes it waits (blog.set_favorite).
    if article is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    return jsonb_build_object('outcome', 'updated', 'article', article);
end
$$;
