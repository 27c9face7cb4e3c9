-- A page of the comments that wait for a look, the newest first, as a JSON text, each with its post; and the number of the last if there
-- are more. A moderator judges all of them, everybody else those on their own posts.
create or replace function blog.list_waiting_comments(
    account uuid, moderator boolean, after_number int8, size int8, out items text, out last_number int8)
language plpgsql stable
-- How few wait is not known when the plan is made.
set enable_seqscan = off
as $$
declare
    before  int8 := coalesce(after_number, 9223372036854775807);
    numbers int8[];
begin
    -- One more than asked for, to know whether there are more.
    if moderator then
        numbers := array(
            select c.number from blog.comments c
            where (c.state = 'pending' or c.reported) and c.deleted_at is null and c.number < before
            order by c.number desc limit size + 1);
    else
        numbers := array(
            select c.number from blog.comments c
            where c.post_author_id = account and (c.state = 'pending' or c.reported) and c.deleted_at is null and c.number < before
            order by c.number desc limit size + 1);
    end if;
    if cardinality(numbers) > size then
        last_number := numbers[size::int];
    end if;
    select '[' || coalesce(string_agg(
            concat(left(blog.comment_json(c, account, true)::text, -1), ',"post":', json_build_object('slug', p.slug, 'title', p.title), '}'),
            ',' order by c.number desc), '') || ']'
    into items
    from blog.comments c
    join blog.posts p on p.id = c.post_id
    where c.number = any (numbers[1:size::int]) and p.deleted_at is null;
end
$$;
