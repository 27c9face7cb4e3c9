-- Counts a comment and tells of it when it is to be seen first; takes it off the count when it no longer is.
create or replace function blog.announce_comment(context jsonb, comment blog.comments) returns void
language plpgsql volatile
as $$
declare
    post blog.posts;
    seen boolean := comment.state = 'approved' and comment.deleted_at is null;
begin
    if seen <> comment.counted then
        update blog.comments c set counted = seen, announced = c.announced or seen where c.id = comment.id;
        update blog.posts p set comments_count = p.comments_count + case when seen then 1 else -1 end
        where p.id = comment.post_id
        returning p.* into post;
    end if;
    if seen and not comment.announced then
        perform platform.emit(context, 'blog.events', post.id::text, 'comment.created', jsonb_build_object(
            'comment_id', comment.id, 'post_id', post.id, 'slug', post.slug, 'author_id', comment.author_id,
            'parent_id', comment.parent_id, 'post_author_id', post.author_id));
        if comment.author_id <> post.author_id then
            perform platform.notify(
                context, 'comment_created:' || comment.id, post.author_id, 'comment_created',
                (select jsonb_build_object('author', a.username, 'post_title', post.title, 'slug', post.slug)
                 from identity.public_accounts a where a.id = comment.author_id));
        end if;
    end if;
end
$$;
