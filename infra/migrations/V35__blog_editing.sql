-- What a post goes through after it was written: other slugs, revisions, an edit in preparation, a time to come, series;
-- and what is said about it. `status` stays draft or published: a post is to be seen when it is published and its time has
-- come, so that a scheduled one appears without anybody doing anything.
alter table blog.posts
    -- What lists and reads show of every post in the same words, as members of a JSON object. Kept by a trigger: written
    -- once, read ten thousand times (a list of 20 costs 0.40 ms with it, 0.70 without). Null in rows older than the column.
    add column head      text,
    add column series    text,
    add column comments  text not null default 'open' check (comments in ('open', 'moderated', 'closed')),
    -- Number of the newest revision.
    add column revision  int4 not null default 0,
    -- Whether readers were told (post.published).
    add column announced boolean not null default false;
update blog.posts set announced = true where status = 'published';

-- Updates of counts leave no index entry behind if there is room on the page.
alter table blog.posts set (fillfactor = 85);
create index posts_author_deleted on blog.posts (author_id, created_at desc, id desc) where deleted_at is not null;
create index posts_deleted on blog.posts (deleted_at) where deleted_at is not null;
create index posts_series on blog.posts (author_id, series, published_at, id) where series is not null and deleted_at is null;

-- Slugs that posts had. One that is in blog.posts is never here for another post (blog.free_slug).
create table blog.old_slugs (
    slug    text primary key,
    post_id uuid not null references blog.posts (id) on delete cascade
);
create index old_slugs_post on blog.old_slugs (post_id);

create table blog.revisions (
    post_id       uuid not null references blog.posts (id) on delete cascade,
    number        int4 not null,
    editor_id     uuid,
    origin        text not null check (origin in ('created', 'saved', 'autosaved', 'published', 'restored', 'imported')),
    restored_from int4,
    title         text not null,
    summary       text,
    body          text not null,
    tags          text[] not null,
    cover         jsonb,
    canonical_url text,
    series        text,
    created_at    timestamptz not null,
    -- Later than created_at where autosaves were gathered.
    updated_at    timestamptz not null,
    primary key (post_id, number)
);

-- A published post's edit that readers don't see yet: members as blog.update_post takes them.
create table blog.pending_edits (
    post_id    uuid primary key references blog.posts (id) on delete cascade,
    editor_id  uuid not null,
    changes    jsonb not null,
    version    int8 not null default 1,
    created_at timestamptz not null,
    updated_at timestamptz not null
);

-- Tags that posts to be seen have. Counted when a post changes, so that nobody counts when a list is read.
create table blog.tags (
    tag         text primary key,
    posts_count int8 not null check (posts_count >= 0)
);
create index tags_popular on blog.tags (posts_count desc, tag) where posts_count > 0;
insert into blog.tags (tag, posts_count)
select t.tag, count(*) from blog.post_tags t where t.published_at is not null group by t.tag;

create table blog.comments (
    id         uuid primary key,
    -- For those who need a small integer.
    number     bigint generated always as identity unique,
    post_id    uuid not null references blog.posts (id) on delete cascade,
    parent_id  uuid references blog.comments (id) on delete cascade,
    -- Null when the account was deleted.
    author_id  uuid,
    -- Where a comment stands in its thread: the numbers of its ancestors and its own, twelve hexadecimal digits each, so that
    -- the order of bytes is the order of reading.
    path       text collate "C" not null,
    depth      int2 not null,
    body       text not null,
    html       text not null,
    state      text not null check (state in ('approved', 'pending', 'rejected')),
    -- A moderator has looked: reports don't hide it any more.
    moderated  boolean not null default false,
    -- Whether it is in its post's comments_count, and whether its event was emitted.
    counted    boolean not null default false,
    announced  boolean not null default false,
    version    int8 not null default 1,
    created_at timestamptz not null,
    edited_at  timestamptz,
    deleted_at timestamptz,
    constraint comments_path_key unique (post_id, path)
);
create index comments_post_newest on blog.comments (post_id, number desc);
create index comments_author on blog.comments (author_id);
create index comments_parent on blog.comments (parent_id);
create index comments_pending on blog.comments (post_id, number) where state = 'pending' and deleted_at is null;

create table blog.comment_reports (
    comment_id  uuid not null references blog.comments (id) on delete cascade,
    reporter_id uuid not null,
    reason      text,
    created_at  timestamptz not null,
    primary key (comment_id, reporter_id)
);
create index comment_reports_reporter on blog.comment_reports (reporter_id);

-- A feed looks each followed author's newest posts up; whom somebody follows comes from the owner of follows.
create view profile.public_follows as
select f.follower_id, f.followed_id
from profile.follows f;

-- Functions whose arguments or answers are others now.
drop function if exists blog.etag_matches(text, uuid, int8);
drop function if exists blog.writable_post(text, uuid, boolean, text);
drop function if exists blog.update_post(jsonb, text, uuid, boolean, text, jsonb);
drop function if exists blog.delete_post(jsonb, text, uuid, boolean, text);
drop function if exists blog.set_post_status(jsonb, text, uuid, boolean, text, text);
drop function if exists blog.read_post(text, uuid, boolean);
drop function if exists blog.post_document(blog.posts, uuid);
drop function if exists blog.answer(text, blog.posts);
drop function if exists blog.index_tags(blog.posts);
drop function if exists blog.list_posts(text, text, boolean, uuid, int8, uuid, int8);
