-- Deletes a comment; what it said is gone, its place stays while it has answers. {"outcome": "deleted"}, or what blog.judged_comment
-- says.
create or replace function blog.delete_comment(
    context jsonb, comment_id uuid, account uuid, moderator boolean, if_match text[]) returns jsonb
language plpgsql volatile
as $$
declare
    target  record;
    comment blog.comments;
begin
    select j.outcome, j.comment into target from blog.judged_comment(comment_id, account, moderator, 'remove', if_match) j;
    if target.outcome <> 'writable' then
        return jsonb_build_object('outcome', target.outcome);
    end if;
    comment := target.comment;
    update blog.comments c set deleted_at = platform.now(), body = '', html = '', version = c.version + 1
    where c.id = comment.id
    returning c.* into comment;
    perform platform.record(context, 'comment.deleted', 'comment', comment.id::text,
                            jsonb_build_object('post_id', comment.post_id, 'author_id', comment.author_id), null);
    perform blog.announce_comment(context, comment);
    return jsonb_build_object('outcome', 'deleted');
end
$$;
