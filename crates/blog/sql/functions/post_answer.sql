-- What writing functions answer about a post that is there now: its document as `reader` sees it, and its entity tag.
create or replace function blog.post_answer(outcome text, post blog.posts, reader uuid) returns jsonb
language plpgsql stable
as $$
declare
    shown record;
begin
    -- An editor sees whatever they edit.
    select r.post, r.etag into shown from blog.read_post(post.slug, reader, true) r;
    return jsonb_build_object('outcome', outcome, 'id', post.id, 'slug', post.slug, 'etag', shown.etag, 'post', shown.post::jsonb);
end
$$;
