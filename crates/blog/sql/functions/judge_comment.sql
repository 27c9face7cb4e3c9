-- Approves or rejects a comment; after that reports don't hide it any more. Answers updated {comment, id, etag}, or what
-- blog.judged_comment says.
create or replace function blog.judge_comment(
    context jsonb, comment_id uuid, account uuid, moderator boolean, if_match text[], verdict text) returns jsonb
language plpgsql volatile
as $$
declare
    target  record;
    comment blog.comments;
    before  text;
begin
    select j.outcome, j.comment into target from blog.judged_comment(comment_id, account, moderator, 'judge', if_match) j;
    if target.outcome <> 'writable' then
        return jsonb_build_object('outcome', target.outcome);
    end if;
    comment := target.comment;
    before := comment.state;
    if comment.state <> verdict or not comment.moderated or comment.reported then
        update blog.comments c set state = verdict, moderated = true, reported = false, version = c.version + 1
        where c.id = comment.id
        returning c.* into comment;
        delete from blog.comment_reports r where r.comment_id = comment.id;
        perform platform.record(context, 'comment.' || verdict, 'comment', comment.id::text,
                                jsonb_build_object('state', before), jsonb_build_object('state', verdict));
        perform blog.announce_comment(context, comment);
    end if;
    return blog.comment_answer('updated', comment, account, true);
end
$$;
