-- Deletes one's own comment on an article. Answers
--   deleted,
--   no_article, no_comment  there is none such,
--   forbidden               it is somebody else's: who wrote the article moderates elsewhere.
create or replace function blog.conduit_delete_comment(context jsonb, slug text, number int8, account uuid) returns jsonb
language plpgsql volatile
as $$
declare
    post    uuid := blog.conduit_post(conduit_delete_comment.slug);
    comment blog.comments;
begin
    if post is null then
        return jsonb_build_object('outcome', 'no_article');
    end if;
    select c.* into comment from blog.comments c
    where c.number = conduit_delete_comment.number and c.post_id = post and c.deleted_at is null
      and (c.state = 'approved' or c.author_id = account);
    if comment.id is null then
        return jsonb_build_object('outcome', 'no_comment');
    end if;
    if comment.author_id is distinct from account then
        return jsonb_build_object('outcome', 'forbidden');
    end if;
    return jsonb_build_object('outcome', case
        when blog.delete_comment(context, comment.id, account, false, null) ->> 'outcome' = 'deleted' then 'deleted'
        else 'no_comment' end);
end
$$;
