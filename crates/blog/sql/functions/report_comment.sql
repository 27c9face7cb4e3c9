-- Reports a comment to its moderators; once per account. What five accounts have reported waits for a moderator, unless one has looked
-- already. {"outcome": "reported"}, own, or not_found.
create or replace function blog.report_comment(
    context jsonb, comment_id uuid, reporter uuid, reason text) returns jsonb
language plpgsql volatile
as $$
declare
    target  record;
    comment blog.comments;
begin
    perform blog.hold_account(reporter);
    -- Whoever may see it may report it.
    select j.outcome, j.comment into target from blog.judged_comment(comment_id, reporter, false, 'judge', null) j;
    if target.outcome = 'not_found' then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    comment := target.comment;
    if comment.author_id = reporter then
        return jsonb_build_object('outcome', 'own');
    end if;
    insert into blog.comment_reports (comment_id, reporter_id, reason, created_at)
    values (comment.id, reporter, report_comment.reason, platform.now())
    on conflict on constraint comment_reports_pkey do nothing;
    if found then
        update blog.comments c set reported = true where c.id = comment.id and not c.reported;
        perform platform.record(context, 'comment.reported', 'comment', comment.id::text, null, null);
        if comment.state = 'approved' and not comment.moderated
            and (select count(*) from blog.comment_reports r where r.comment_id = comment.id) >= 5
        then
            update blog.comments c set state = 'pending', version = c.version + 1 where c.id = comment.id returning c.* into comment;
            perform blog.announce_comment(context, comment);
        end if;
    end if;
    return jsonb_build_object('outcome', 'reported');
end
$$;
