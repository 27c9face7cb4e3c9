-- What writing functions answer about a post: its document and what its entity tag is made of.
create or replace function blog.answer(outcome text, post blog.posts) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'outcome', outcome, 'id', post.id, 'version', post.version, 'slug', post.slug,
        'post', blog.post_document(post, post.author_id)::jsonb)
$$;
