-- Publishes a new article under the first free form of the wished slug. Answers the article.
create or replace function blog.conduit_create_article(
    context jsonb, post_id uuid, author uuid, wished_slug text, draft jsonb) returns text
language plpgsql volatile
as $$
declare
    post blog.posts := blog.insert_post(context, post_id, author, wished_slug, draft, 'created');
begin
    return blog.conduit_article(post.id, author);
end
$$;
