-- Takes the posts of an account off its tags' counts while it is disabled, and puts them back afterwards: a trigger of identity.accounts
-- (V100).
create or replace function blog.count_tags_of_account() returns trigger
language plpgsql
as $$
declare
    change record;
begin
    -- A post of theirs that is written now is waited for (blog.index_post).
    perform pg_advisory_xact_lock(hashtextextended('blog.tags:' || new.id, 0));
    if new.disabled_at is null then
        delete from blog.hidden_authors h where h.author_id = new.id;
    else
        insert into blog.hidden_authors (author_id) values (new.id) on conflict on constraint hidden_authors_pkey do nothing;
    end if;
    if not found then
        return null;
    end if;
    -- In the order of their names, as blog.index_post takes them. One that a post got meanwhile may not be there yet.
    for change in
        select t.tag, case when new.disabled_at is null then count(*) else -count(*) end as delta
        from blog.post_tags t
        where t.author_id = new.id and t.published_at is not null and not t.scheduled
        group by t.tag order by t.tag
    loop
        insert into blog.tags as t (tag, posts_count) values (change.tag, greatest(change.delta, 0))
        on conflict on constraint tags_pkey do update set posts_count = greatest(t.posts_count + change.delta, 0);
    end loop;
    return null;
end
$$;
