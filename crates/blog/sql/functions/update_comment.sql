-- Changes what a comment says: {"outcome": "updated", comment, id, etag}, or what blog.judged_comment says. Where the post wants
-- comments looked at, the change is looked at too.
create or replace function blog.update_comment(
    context jsonb, comment_id uuid, author uuid, moderator boolean, if_match text[], body text, html text) returns jsonb
language plpgsql volatile
as $$
declare
    target  record;
    comment blog.comments;
begin
    select j.outcome, j.comment, j.trusted into target
    from blog.judged_comment(comment_id, author, moderator, 'write', if_match) j;
    if target.outcome <> 'writable' then
        return jsonb_build_object('outcome', target.outcome);
    end if;
    comment := target.comment;
    if comment.body = update_comment.body then
        return blog.comment_answer('updated', comment, author, target.trusted);
    end if;
    update blog.comments c set
        body = update_comment.body, html = update_comment.html, edited_at = platform.now(), version = c.version + 1,
        -- A moderator has looked at other words.
        moderated = c.moderated and target.trusted,
        state = case when c.state = 'approved' and not target.trusted
                          and (select p.comments from blog.posts p where p.id = c.post_id) = 'moderated' then 'pending'
                     else c.state end
    where c.id = comment.id
    returning c.* into comment;
    perform platform.record(context, 'comment.updated', 'comment', comment.id::text, null, jsonb_build_object('state', comment.state));
    perform blog.announce_comment(context, comment);
    return blog.comment_answer('updated', comment, author, target.trusted);
end
$$;
