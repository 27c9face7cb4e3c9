-- Keeps what a post says now as the revision of its number. Of the oldest beyond two hundred nothing is kept.
create or replace function blog.add_revision(post blog.posts, editor uuid, origin text, restored_from int4) returns void
language sql volatile
as $$
    insert into blog.revisions (post_id, number, editor_id, origin, restored_from, title, summary, body, tags, cover, canonical_url, series,
                                created_at, updated_at)
    values (post.id, post.revision, editor, origin, restored_from, post.title, post.summary, post.body, post.tags, post.cover,
            post.canonical_url, post.series, platform.now(), platform.now());
    delete from blog.revisions r where r.post_id = post.id and r.number <= post.revision - 200;
$$;
