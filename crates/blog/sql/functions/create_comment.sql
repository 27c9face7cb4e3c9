-- Adds a comment to a post that its author may see. It is approved at once, unless the post wants its author or a moderator to look
-- first. Answers
--   created    {comment, id, etag},
--   replayed   the same for the comment that the Idempotency-Key made before,
--   mismatch   the key was used with another request,
--   gone       the key made a comment that was deleted since,
--   closed     the post takes no comments,
--   no_parent  there is no such comment to answer,
--   not_found, moved  as blog.writable_post says.
create or replace function blog.create_comment(
    context jsonb, slug text, comment_id uuid, author uuid, moderator boolean, parent uuid, body text, html text,
    principal text, route text, key text, request_hash bytea) returns jsonb
language plpgsql volatile
as $$
declare
    claim   record;
    post    blog.posts;
    above   blog.comments;
    comment blog.comments;
    trusted boolean;
begin
    perform blog.hold_account(author);
    select p.* into post from blog.posts p
    where p.slug = create_comment.slug and p.deleted_at is null
      and ((p.status = 'published' and p.published_at <= platform.now()) or p.author_id = author or moderator)
      and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null
    for key share of p;
    if post.id is null then
        select p.* into post from blog.old_slugs o join blog.posts p on p.id = o.post_id
        where o.slug = create_comment.slug and p.deleted_at is null and p.status = 'published' and p.published_at <= platform.now()
          and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null;
        return blog.refusal(case when post.id is null then 'not_found' else 'moved' end, post);
    end if;
    select c.outcome, c.resource_id into claim
    from platform.claim_idempotency(principal, route, key, request_hash, comment_id) c;
    if claim.outcome = 'mismatch' then
        return jsonb_build_object('outcome', 'mismatch');
    end if;
    if claim.outcome = 'replayed' then
        select c.* into comment from blog.comments c where c.id = claim.resource_id and c.deleted_at is null;
        return blog.comment_answer(case when comment.id is null then 'gone' else 'replayed' end, comment, author, false);
    end if;
    trusted := moderator or post.author_id = author;
    if post.comments = 'closed' then
        perform platform.release_idempotency(principal, route, key);
        return jsonb_build_object('outcome', 'closed');
    end if;
    if parent is not null then
        select c.* into above from blog.comments c
        where c.id = parent and c.post_id = post.id and c.deleted_at is null and (c.state = 'approved' or trusted);
        if above.id is null then
            perform platform.release_idempotency(principal, route, key);
            return jsonb_build_object('outcome', 'no_parent');
        end if;
    end if;

    -- The path needs the number, which the row gets: beyond eight answers to answers they stand side by side.
    insert into blog.comments as c (id, post_id, post_author_id, parent_id, author_id, path, depth, body, html, state, created_at)
    values (comment_id, post.id, post.author_id, above.id, author, comment_id::text, least(coalesce(above.depth + 1, 0), 7), body, html,
            case when post.comments = 'moderated' and not trusted then 'pending' else 'approved' end,
            date_trunc('milliseconds', platform.now()))
    returning c.* into comment;
    update blog.comments c
    set path = case when above.id is null then '' else left(above.path, 84) end || lpad(to_hex(c.number), 12, '0')
    where c.id = comment.id
    returning c.* into comment;
    perform platform.record(context, 'comment.created', 'comment', comment.id::text, null,
                            jsonb_build_object('post_id', post.id, 'state', comment.state));
    perform blog.announce_comment(context, comment);
    return blog.comment_answer('created', comment, author, trusted);
end
$$;
