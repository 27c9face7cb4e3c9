-- What the services share: events to publish, work to do, what was done by whom, and which requests were answered.
-- Readers and workers come with the platform crate; every write calls the functions from the first day.
create schema platform;

-- Read by Debezium's outbox router as it is (aggregatetype = topic, aggregateid = key), and by our own consumers in
-- the order (xid, seq), up to the oldest transaction still running, so that nothing is skipped.
create table platform.outbox (
    id            uuid primary key,
    xid           xid8 not null default pg_current_xact_id(),
    seq           bigserial not null,
    aggregatetype text not null,
    aggregateid   text not null,
    type          text not null,
    payload       jsonb not null,
    created_at    timestamptz not null
);
create index outbox_position on platform.outbox (xid, seq);

create table platform.tasks (
    id              uuid primary key,
    kind            text not null,
    payload         jsonb not null,
    state           text not null default 'queued' check (state in ('queued', 'running', 'done', 'dead', 'cancelled')),
    priority        smallint not null default 0,
    run_at          timestamptz not null,
    attempts        int not null default 0,
    max_attempts    int not null default 10,
    idempotency_key text not null,
    lease_holder    uuid,
    leased_until    timestamptz,
    request_id      text,
    traceparent     text,
    last_error      text,
    created_at      timestamptz not null,
    finished_at     timestamptz,
    unique (kind, idempotency_key)
);
create index tasks_due on platform.tasks (priority desc, run_at) where state = 'queued';
create index tasks_leased on platform.tasks (leased_until) where state = 'running';

-- What happened, without anything personal: ids, and the salted hash of the personal part, so that the part may be
-- deleted while the record stays provable.
create table platform.audit (
    id            uuid primary key,
    xid           xid8 not null default pg_current_xact_id(),
    seq           bigserial not null,
    at            timestamptz not null,
    actor         text not null,
    action        text not null,
    target_type   text not null,
    target_id     text not null,
    request_id    text,
    personal_hash bytea not null
);
create index audit_position on platform.audit (xid, seq);
create index audit_target on platform.audit (target_type, target_id, xid, seq);
create index audit_actor on platform.audit (actor, xid, seq);

create table platform.audit_personal (
    audit_id uuid primary key references platform.audit (id),
    salt     bytea not null,
    personal jsonb not null
);

-- One row per answered request with an Idempotency-Key. The row is claimed by the statement that does the deed.
create table platform.idempotency (
    principal    text not null,
    route        text not null,
    key          text not null,
    request_hash bytea not null,
    resource_id  uuid not null,
    created_at   timestamptz not null,
    primary key (principal, route, key)
);
create index idempotency_created on platform.idempotency (created_at);
