-- A comment as one reader sees it, with its entity tag; nulls where it is gone, not for this reader's eyes, or below a post that is not.
create or replace function blog.read_comment(comment_id uuid, reader uuid, moderator boolean, out comment text, out etag text)
language plpgsql stable
as $$
declare
    entry blog.comments;
    judge boolean;
begin
    select c.* into entry from blog.comments c where c.id = comment_id and c.deleted_at is null;
    select moderator or coalesce(p.author_id = reader, false) into judge
    from blog.posts p
    where p.id = entry.post_id and p.deleted_at is null
      and ((p.status = 'published' and p.published_at <= platform.now()) or p.author_id = reader or moderator)
      and (select 1 from blog.hidden_authors h where h.author_id = p.author_id) is null;
    if judge is null then
        return;
    end if;
    comment := blog.comment_json(entry, reader, judge)::text;
    if comment::json ->> 'state' = 'hidden' then
        comment := null;
        return;
    end if;
    -- The hash tells what else changes without a new version: the author's name, reports.
    etag := concat(left(blog.comment_etag(entry), -1), '.', left(md5(comment), 12), '"');
end
$$;
