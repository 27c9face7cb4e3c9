-- Erases what a deleted account left in the blog: its posts with all that is below them, favourites and reports; its comments become
-- tombstones under other people's answers. Two hundred posts and as many comments at a time: answers {posts, more}, and is to be asked again
-- while there are more. Doing it again changes nothing.
create or replace function blog.erase_account(context jsonb, account uuid) returns jsonb
language plpgsql volatile
as $$
declare
    post    blog.posts;
    erased  blog.posts;
    comment blog.comments;
    many    int := 0;
    said    int := 0;
begin
    for post in select p.* from blog.posts p where p.author_id = account order by p.id limit 200 for update loop
        update blog.posts p set deleted_at = platform.now() where p.id = post.id and p.deleted_at is null returning p.* into erased;
        if found then
            perform blog.index_post(erased);
            perform blog.announce_publication(context, erased);
        end if;
        delete from blog.posts p where p.id = post.id;
        many := many + 1;
    end loop;
    for comment in
        update blog.comments c
        set author_id = null, body = '', html = '', deleted_at = coalesce(c.deleted_at, platform.now()), version = c.version + 1
        where c.id in (select o.id from blog.comments o where o.author_id = account order by o.id limit 200)
        returning c.*
    loop
        perform blog.announce_comment(context, comment);
        said := said + 1;
    end loop;
    if many > 0 or said > 0 then
        return jsonb_build_object('posts', many, 'more', true);
    end if;
    -- What the account writes now is waited for; what comes later is refused (blog.hold_account). Only now that none of its posts is locked:
    -- whoever changes one locks the post first and this then (blog.index_post), and nobody may wait in a circle.
    perform pg_advisory_xact_lock(hashtextextended('blog.tags:' || account, 0));
    if exists (select 1 from blog.posts p where p.author_id = account)
       or exists (select 1 from blog.comments c where c.author_id = account) then
        return jsonb_build_object('posts', 0, 'more', true);
    end if;
    delete from blog.hidden_authors h where h.author_id = account;
    with gone as (delete from blog.favorites f where f.user_id = account returning f.post_id)
    update blog.posts p set favorites_count = p.favorites_count - 1 from gone where p.id = gone.post_id;
    with gone as (delete from blog.comment_reports r where r.reporter_id = account returning r.comment_id)
    update blog.comments c
    set reported = exists (
        select 1 from blog.comment_reports r where r.comment_id = c.id and r.reporter_id <> account)
    from gone where c.id = gone.comment_id;
    update blog.revisions r set editor_id = null where r.editor_id = account;
    update blog.pending_edits e set editor_id = null where e.editor_id = account;
    delete from blog.webhooks w where w.owner_id = account;
    delete from blog.imports i where i.author_id = account;
    return jsonb_build_object('posts', 0, 'more', false);
end
$$;
