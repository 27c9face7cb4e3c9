-- The newest thousand comments on an article that this reader may see, newest first, answers among them, as a JSON text:
-- {"comments": […]}. Null without such an article.
create or replace function blog.conduit_list_comments(slug text, reader uuid) returns text
language plpgsql stable
as $$
declare
    post uuid := blog.conduit_post(conduit_list_comments.slug);
begin
    if post is null then
        return null;
    end if;
    return (
        select concat('{"comments":[', string_agg(n.shown, ',' order by n.number desc), ']}')
        from (
            select c.number, blog.conduit_comment(c, conduit_list_comments.reader) as shown
            from blog.comments c
            where c.post_id = post and c.deleted_at is null
              and (c.state = 'approved' or c.author_id = conduit_list_comments.reader)
            order by c.number desc limit 1000) n
        where n.shown is not null);
end
$$;
