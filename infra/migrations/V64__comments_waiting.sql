-- What waits for a look: comments that are pending, or that somebody reported and nobody has judged since; found by whose post it is, which
-- never changes.
alter table blog.comments
    add column post_author_id uuid,
    add column reported       boolean not null default false;
update blog.comments c set post_author_id = p.author_id from blog.posts p where p.id = c.post_id;
update blog.comments c set reported = true from blog.comment_reports r where r.comment_id = c.id;

create index comments_waiting on blog.comments (number desc)
    where (state = 'pending' or reported) and deleted_at is null;
create index comments_waiting_author on blog.comments (post_author_id, number desc)
    where (state = 'pending' or reported) and deleted_at is null;

-- Nothing else looked for them by their posts.
drop index blog.comments_pending;
