-- Posts, found by time, author and tag with one index scan each.
create schema blog;

create table blog.posts (
    id              uuid primary key,
    author_id       uuid not null,
    -- Taken as long as the row is there: a deleted post can come back under its address.
    slug            text not null,
    title           text not null,
    summary         text,
    body            text not null,
    -- Rendered from the body when it was written.
    html            text not null,
    toc             jsonb not null,
    text            text not null,
    words           int4 not null,
    tags            text[] not null default '{}',
    cover           jsonb,
    canonical_url   text,
    status          text not null check (status in ('draft', 'published')),
    -- Whole milliseconds, as cursors carry them. Kept when a post is unpublished.
    published_at    timestamptz check (published_at = date_trunc('milliseconds', published_at)),
    favorites_count int8 not null default 0,
    comments_count  int8 not null default 0,
    version         int8 not null default 1,
    created_at      timestamptz not null check (created_at = date_trunc('milliseconds', created_at)),
    updated_at      timestamptz not null,
    deleted_at      timestamptz,
    constraint posts_slug_key unique (slug),
    constraint posts_published_has_time check (status = 'draft' or published_at is not null)
);
create index posts_published on blog.posts (published_at desc, id desc)
    where status = 'published' and deleted_at is null;
create index posts_author_published on blog.posts (author_id, published_at desc, id desc)
    where status = 'published' and deleted_at is null;
create index posts_author_drafts on blog.posts (author_id, created_at desc, id desc)
    where status = 'draft' and deleted_at is null;

-- The tags of posts, for finding. `published_at` is null while a post is not to be found.
create table blog.post_tags (
    post_id      uuid not null references blog.posts (id) on delete cascade,
    tag          text not null,
    author_id    uuid not null,
    published_at timestamptz,
    primary key (post_id, tag)
);
create index post_tags_published on blog.post_tags (tag, published_at desc, post_id desc) where published_at is not null;
create index post_tags_author on blog.post_tags (author_id, tag, published_at desc, post_id desc)
    where published_at is not null;

create table blog.favorites (
    user_id    uuid not null,
    post_id    uuid not null references blog.posts (id) on delete cascade,
    created_at timestamptz not null,
    primary key (user_id, post_id)
);
create index favorites_post on blog.favorites (post_id);
