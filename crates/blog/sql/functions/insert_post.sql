-- Writes a new post with its first revision, its record and, if it is to be seen, its event. `draft` has all members of a post as
-- the service normalised them.
create or replace function blog.insert_post(
    context jsonb, post_id uuid, author uuid, wished_slug text, draft jsonb, origin text) returns blog.posts
language plpgsql volatile
as $$
declare
    post    blog.posts;
    attempt int := 1;
    moment  timestamptz := date_trunc('milliseconds', platform.now());
begin
    perform blog.hold_account(author);
    loop
        insert into blog.posts as p (
            id, author_id, slug, title, summary, body, html, toc, text, words, tags, cover, canonical_url, series, comments, status,
            published_at, created_at, updated_at, revision)
        values (
            post_id, author, blog.free_slug(wished_slug, post_id, attempt), draft ->> 'title', draft ->> 'summary', draft ->> 'body',
            draft ->> 'html', draft -> 'toc', draft ->> 'text', (draft ->> 'words')::int4,
            array(select jsonb_array_elements_text(draft -> 'tags')), nullif(draft -> 'cover', 'null'),
            draft ->> 'canonical_url', draft ->> 'series', coalesce(draft ->> 'comments', 'open'), draft ->> 'status',
            case when draft ->> 'status' = 'published' then
                coalesce(to_timestamp((draft ->> 'published_at_ms')::int8 / 1000.0), moment) end,
            coalesce(to_timestamp((draft ->> 'created_at_ms')::int8 / 1000.0), moment), moment, 1)
        on conflict on constraint posts_slug_key do nothing
        returning p.* into post;
        -- Another's uncommitted slug was waited for. It may have been given up for another since, and then is an old one.
        if post.id is not null then
            exit when not blog.slug_was(post.slug, post_id);
            delete from blog.posts p where p.id = post_id;
            post := null;
        end if;
        attempt := attempt + 1;
    end loop;

    perform blog.add_revision(post, author, origin, null);
    perform blog.index_post(post);
    perform platform.record(context, 'post.created', 'post', post.id::text, null,
                            jsonb_build_object('slug', post.slug, 'title', post.title, 'status', post.status));
    return blog.announce_publication(context, post);
end
$$;
