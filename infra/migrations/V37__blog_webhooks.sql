-- Whom an author wants told. The signing secret is nowhere: the component `webhooks` derives it from its key, the id and the
-- generation.
create table blog.webhooks (
    id           uuid primary key,
    owner_id     uuid not null,
    url          text not null,
    events       text[] not null,
    generation   int4 not null default 1,
    active       boolean not null default true,
    -- In a row; a hook that has failed for long is switched off.
    failures     int4 not null default 0,
    version      int8 not null default 1,
    created_at   timestamptz not null,
    updated_at   timestamptz not null
);
create index webhooks_owner on blog.webhooks (owner_id, id desc);

create table blog.deliveries (
    id              uuid primary key,
    webhook_id      uuid not null references blog.webhooks (id) on delete cascade,
    event_id        uuid not null,
    event           jsonb not null,
    state           text not null default 'queued' check (state in ('queued', 'delivered', 'failed')),
    attempts        int4 not null default 0,
    response_status int4,
    -- What went wrong last, in words.
    error           text,
    created_at      timestamptz not null,
    finished_at     timestamptz,
    constraint deliveries_event_key unique (webhook_id, event_id)
);
create index deliveries_newest on blog.deliveries (webhook_id, id desc);

-- What was imported already: the same file twice makes each post once.
create table blog.imports (
    author_id uuid not null,
    source    text not null,
    post_id   uuid not null references blog.posts (id) on delete cascade,
    primary key (author_id, source)
);
create index imports_post on blog.imports (post_id);
