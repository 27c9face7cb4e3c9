-- A comment as the RealWorld API writes it for one reader, whose id is an integer there; null where its author is disabled or gone.
create or replace function blog.conduit_comment(comment blog.comments, reader uuid) returns text
language plpgsql stable
as $$
begin
    return (
        select concat('{"id":', comment.number,
                      ',"createdAt":"', platform.time_text(comment.created_at),
                      '","updatedAt":"', platform.time_text(coalesce(comment.edited_at, comment.created_at)),
                      '","body":', to_json(comment.body),
                      ',"author":{"username":', to_json(a.username),
                      ',"bio":', coalesce(to_json(nullif(o.bio, '')), 'null'),
                      ',"image":', coalesce(to_json(nullif(o.image_url, '')), 'null'),
                      ',"following":', (conduit_comment.reader is not null and exists (
                          select 1 from profile.public_follows w
                          where w.follower_id = conduit_comment.reader and w.followed_id = a.id))::text, '}}')
        from identity.public_accounts a
        left join profile.public_profiles o on o.user_id = a.id
        where a.id = comment.author_id);
end
$$;
