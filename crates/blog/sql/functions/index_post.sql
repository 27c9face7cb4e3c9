-- Writes a post where lists and search look for it, after anything about it changed or its time has come. Tags are counted here, in the
-- order of their names, so that two posts that change at once never wait for each other in a circle; those of disabled accounts are not,
-- nor those of posts whose time is to come.
create or replace function blog.index_post(post blog.posts) returns void
language plpgsql volatile
as $$
declare
    found_at timestamptz := case when post.status = 'published' and post.deleted_at is null then post.published_at end;
    before   text[] := array(select t.tag from blog.post_tags t where t.post_id = post.id and t.published_at is not null and not t.scheduled);
    after    text[] := case when found_at <= platform.now() then post.tags else '{}' end;
    counted  boolean;
    change   record;
    search   tsvector;
begin
    -- Whoever disables the author waits till this is done (blog.count_tags_of_account): what is counted here, is taken off there.
    perform pg_advisory_xact_lock_shared(hashtextextended('blog.tags:' || post.author_id, 0));
    counted := not exists (select 1 from blog.hidden_authors h where h.author_id = post.author_id);
    for change in
        select tag, (tag = any (after))::int - (tag = any (before))::int as delta
        from (select unnest(before) union select unnest(after)) t (tag)
        order by tag
    loop
        if counted and change.delta <> 0 then
            insert into blog.tags as t (tag, posts_count) values (change.tag, greatest(change.delta, 0))
            on conflict on constraint tags_pkey do update set posts_count = greatest(t.posts_count + change.delta, 0);
        end if;
    end loop;
    delete from blog.post_tags t where t.post_id = post.id and t.tag <> all (post.tags);
    insert into blog.post_tags as t (post_id, tag, author_id, published_at, scheduled)
    select post.id, tag, post.author_id, found_at, coalesce(found_at > platform.now(), false) from unnest(post.tags) tag
    on conflict on constraint post_tags_pkey do update set published_at = excluded.published_at, scheduled = excluded.scheduled
    where (t.published_at, t.scheduled) is distinct from (excluded.published_at, excluded.scheduled);

    if found_at is null then
        delete from blog.search_entries e where e.post_id = post.id;
        return;
    end if;
    search := blog.search_vector(post);
    insert into blog.search_entries as e (post_id, published_at, vector) values (post.id, found_at, search)
    on conflict on constraint search_entries_pkey do update set published_at = excluded.published_at, vector = excluded.vector
    where (e.published_at, e.vector) is distinct from (excluded.published_at, excluded.vector);
    perform blog.index_words(post);
end
$$;
