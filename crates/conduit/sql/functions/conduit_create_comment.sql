-- Comments on an article. Answers created {comment}, closed or not_found.
create or replace function blog.conduit_create_comment(
    context jsonb, slug text, comment_id uuid, author uuid, body text, html text) returns jsonb
language plpgsql volatile
as $$
declare
    post    uuid := blog.conduit_post(conduit_create_comment.slug);
    comment blog.comments;
    answer  jsonb;
begin
    answer := blog.create_comment(
        context, (select p.slug from blog.posts p where p.id = post), comment_id, author, false, null,
        conduit_create_comment.body, conduit_create_comment.html, null, null, null, null);
    if answer ->> 'outcome' <> 'created' then
        return jsonb_build_object('outcome', case when answer ->> 'outcome' = 'closed' then 'closed' else 'not_found' end);
    end if;
    select c.* into comment from blog.comments c where c.id = comment_id;
    return jsonb_build_object('outcome', 'created', 'comment', blog.conduit_comment(comment, author)::jsonb);
end
$$;
