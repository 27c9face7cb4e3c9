-- Creates a post under the first free of: the wished slug, the slug with a number, the slug with random characters.
-- Answers
--   created   {post, id, version, slug},
--   replayed  the same for the post that the Idempotency-Key made before,
--   mismatch  the key was used with another request,
--   gone      the key made a post that was deleted since.
create or replace function blog.create_post(
    context jsonb, post_id uuid, author uuid, wished_slug text, draft jsonb,
    principal text, route text, key text, request_hash bytea) returns jsonb
language plpgsql volatile
as $$
declare
    claim     record;
    post      blog.posts;
    candidate text := wished_slug;
    attempt   int := 1;
    moment    timestamptz := date_trunc('milliseconds', platform.now());
begin
    select c.outcome, c.resource_id into claim
    from platform.claim_idempotency(principal, route, key, request_hash, post_id) c;
    if claim.outcome = 'mismatch' then
        return jsonb_build_object('outcome', 'mismatch');
    end if;
    if claim.outcome = 'replayed' then
        select p.* into post from blog.posts p where p.id = claim.resource_id and p.deleted_at is null;
        if post.id is null then
            return jsonb_build_object('outcome', 'gone');
        end if;
        return blog.answer('replayed', post);
    end if;

    loop
        insert into blog.posts as p (
            id, author_id, slug, title, summary, body, html, toc, text, words, tags, cover, canonical_url, status,
            published_at, created_at, updated_at)
        values (
            post_id, author, candidate, draft ->> 'title', draft ->> 'summary', draft ->> 'body', draft ->> 'html',
            draft -> 'toc', draft ->> 'text', (draft ->> 'words')::int4,
            array(select jsonb_array_elements_text(draft -> 'tags')), nullif(draft -> 'cover', 'null'),
            draft ->> 'canonical_url', draft ->> 'status',
            case when draft ->> 'status' = 'published' then
                coalesce(to_timestamp((draft ->> 'published_at_ms')::int8 / 1000.0), moment) end,
            moment, moment)
        on conflict on constraint posts_slug_key do nothing
        returning p.* into post;
        exit when post.id is not null;
        -- Another's uncommitted slug was waited for, so a few numbers are tried, and then what nobody else has.
        attempt := attempt + 1;
        candidate := wished_slug || '-' || case when attempt <= 6 then attempt::text
            else substr(replace(gen_random_uuid()::text, '-', ''), 1, 8) end;
    end loop;

    perform blog.index_tags(post);
    perform platform.record(context, 'post.created', 'post', post.id::text, null,
                            jsonb_build_object('slug', post.slug, 'title', post.title, 'status', post.status));
    if post.status = 'published' then
        perform blog.announce(context, 'post.published', post);
    end if;
    return blog.answer('created', post);
end
$$;
