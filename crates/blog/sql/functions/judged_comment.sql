-- Locks a comment for whoever may do something with it. Rights: `write` its author; `remove` its author, the post's or a moderator;
-- `judge` the post's author or a moderator. Outcome writable, not_found, forbidden or stale.
create or replace function blog.judged_comment(
    comment_id uuid, account uuid, moderator boolean, wanted text, if_match text[],
    out outcome text, out comment blog.comments, out trusted boolean)
language plpgsql volatile
as $$
declare
    post blog.posts;
begin
    -- The post first, as everybody who changes a comment does: its count is changed with it.
    select p.* into post from blog.posts p
    where p.id = (select c.post_id from blog.comments c where c.id = comment_id) for no key update;
    select c.* into comment from blog.comments c where c.id = comment_id for update;
    trusted := moderator or coalesce(post.author_id = account, false);
    outcome := case
        when comment.id is null or comment.deleted_at is not null or post.deleted_at is not null then 'not_found'
        when not trusted and comment.author_id is distinct from account
             and (comment.state <> 'approved' or post.status = 'draft' or post.published_at > platform.now()) then 'not_found'
        when not case wanted when 'write' then coalesce(comment.author_id = account, false)
                             when 'remove' then trusted or coalesce(comment.author_id = account, false)
                             else trusted end then 'forbidden'
        when not blog.etag_matches(if_match, comment.id, comment.version) then 'stale'
        else 'writable' end;
end
$$;
