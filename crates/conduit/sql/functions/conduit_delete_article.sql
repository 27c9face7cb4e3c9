-- Deletes an article; its author can restore it where posts are restored. Answers deleted, not_found or forbidden.
create or replace function blog.conduit_delete_article(context jsonb, slug text, editor uuid) returns jsonb
language plpgsql volatile
as $$
declare
    present text;
begin
    select p.slug into present from blog.posts p where p.id = blog.conduit_post(conduit_delete_article.slug);
    return jsonb_build_object('outcome', blog.delete_post(context, present, editor, false, null) -> 'outcome');
end
$$;
