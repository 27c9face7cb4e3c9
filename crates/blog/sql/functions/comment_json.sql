-- A comment as one reader sees it. Of one that is deleted, or that this reader must not see, only its place is left: a tombstone
-- holds its answers together. Moderators of a thread are the post's author and whoever has comments.moderate.
create or replace function blog.comment_json(comment blog.comments, reader uuid, moderator boolean) returns json
language plpgsql stable
as $$
declare
    seen   boolean := comment.deleted_at is null
                      and (comment.state = 'approved' or moderator or comment.author_id is not distinct from reader);
    author json;
begin
    if seen and comment.author_id is not null then
        select json_build_object('username', a.username, 'display_name', p.display_name, 'image_url', p.image_url) into author
        from identity.public_accounts a
        left join profile.public_profiles p on p.user_id = a.id
        where a.id = comment.author_id;
        -- What a disabled account said is not shown either.
        seen := author is not null;
    end if;
    return json_build_object(
        'id', comment.id,
        'parent_id', comment.parent_id,
        'depth', comment.depth,
        'state', case when comment.deleted_at is not null then 'deleted' when not seen then 'hidden' else comment.state end,
        'body', case when seen then comment.body end,
        'html', case when seen then comment.html end,
        'author', author,
        'reports_count', case when moderator then
            (select count(*) from blog.comment_reports r where r.comment_id = comment.id) end,
        'created_at', platform.time_text(comment.created_at),
        'edited_at', case when seen then platform.time_text(comment.edited_at) end);
end
$$;

create or replace function blog.comment_etag(comment blog.comments) returns text
language sql immutable
as $$ select format('"%s-%s"', replace(comment.id::text, '-', ''), comment.version) $$;
