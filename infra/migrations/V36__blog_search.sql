-- Full-text search over what is published, and the words it may have meant. The trigrams are our own: pg_trgm is not there
-- on every Postgres that Spindle runs on, a GIN index over text[] is.
create table blog.search_entries (
    post_id      uuid primary key references blog.posts (id) on delete cascade,
    published_at timestamptz not null,
    vector       tsvector not null
);
create index search_entries_vector on blog.search_entries using gin (vector);
create index search_entries_newest on blog.search_entries (published_at desc, post_id desc);

create table blog.search_words (
    word     text primary key,
    trigrams text[] not null
);
create index search_words_trigrams on blog.search_words using gin (trigrams);
