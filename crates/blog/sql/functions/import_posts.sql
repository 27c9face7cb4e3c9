-- Imports posts of an author in one go: each once, however often its source comes. `posts` holds {id, source, slug, draft}; a draft is
-- what blog.insert_post takes. Answers an array of {source, outcome: created | skipped, slug}.
create or replace function blog.import_posts(context jsonb, author uuid, posts jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    item    jsonb;
    known   text;
    post    blog.posts;
    answers jsonb := '[]';
begin
    perform blog.hold_account(author);
    -- One import of an author at a time, or the same file twice at once would be half of each.
    perform pg_advisory_xact_lock(hashtextextended('blog.import:' || author, 0));
    for item in select i from jsonb_array_elements(posts) i loop
        -- What the author's own export brings is there already, unless it was deleted since.
        select p.slug into known from blog.posts p
        where p.id = substring(item ->> 'source' from '^(?:spindle|markdown):([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$')::uuid
          and p.author_id = author and p.deleted_at is null;
        if not found then
            select p.slug into known from blog.imports m join blog.posts p on p.id = m.post_id
            where m.author_id = author and m.source = item ->> 'source';
        end if;
        if found then
            answers := answers || jsonb_build_object('source', item ->> 'source', 'outcome', 'skipped', 'slug', known);
            continue;
        end if;
        post := blog.insert_post(context, (item ->> 'id')::uuid, author, item ->> 'slug', item -> 'draft', 'imported');
        insert into blog.imports (author_id, source, post_id) values (author, item ->> 'source', post.id);
        answers := answers || jsonb_build_object('source', item ->> 'source', 'outcome', 'created', 'slug', post.slug);
    end loop;
    return answers;
end
$$;
