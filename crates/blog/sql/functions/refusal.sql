-- The answer to a change that was not made.
create or replace function blog.refusal(outcome text, post blog.posts) returns jsonb
language sql immutable
as $$
    select jsonb_build_object('outcome', outcome)
           || case when outcome = 'moved' then jsonb_build_object('slug', post.slug) else '{}' end
$$;
