-- Creates a post under the first free form of the wished slug. Answers
--   created   {post, id, slug, etag},
--   replayed  the same for the post that the Idempotency-Key made before,
--   mismatch  the key was used with another request,
--   gone      the key made a post that was deleted since.
create or replace function blog.create_post(
    context jsonb, post_id uuid, author uuid, wished_slug text, draft jsonb,
    principal text, route text, key text, request_hash bytea) returns jsonb
language plpgsql volatile
as $$
declare
    claim record;
    post  blog.posts;
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
        return blog.post_answer('replayed', post, author);
    end if;
    post := blog.insert_post(context, post_id, author, wished_slug, draft, 'created');
    return blog.post_answer('created', post, author);
end
$$;
