-- What writing functions answer about a comment.
create or replace function blog.comment_answer(outcome text, comment blog.comments, reader uuid, moderator boolean) returns jsonb
language sql stable
as $$
    select case when comment.id is null then jsonb_build_object('outcome', outcome)
           else jsonb_build_object('outcome', outcome, 'id', comment.id, 'etag', blog.comment_etag(comment),
                                   'comment', blog.comment_json(comment, reader, moderator)::jsonb) end
$$;
