-- Who reads the outbox, and how far each has read: everything up to (xid, seq) is taken or parked.
create table platform.consumers (
    name         text primary key,
    -- As the subscription has them; for figures.
    topics       text[] not null,
    xid          xid8 not null default '0',
    seq          bigint not null default 0,
    -- One worker at a time reads for a consumer.
    lease_holder uuid,
    leased_until timestamptz,
    created_at   timestamptz not null,
    moved_at     timestamptz not null
) with (fillfactor = 50);

-- Events that a consumer could not take, and those of the same key behind them: order is kept, and other keys go on.
create table platform.parked_events (
    consumer     text not null references platform.consumers (name) on delete cascade,
    xid          xid8 not null,
    seq          bigint not null,
    event_id     uuid not null,
    topic        text not null,
    key          text not null,
    payload      jsonb not null,
    -- retry: first of its key, to be tried at `run_at`; running: under a lease; behind: another of its key comes first;
    -- dead: the attempts are used up, and its key waits for an operator.
    state        text not null check (state in ('retry', 'running', 'behind', 'dead')),
    attempts     int not null default 0,
    snoozes      int not null default 0,
    run_at       timestamptz not null,
    lease_holder uuid,
    leased_until timestamptz,
    errors       jsonb not null default '[]',
    parked_at    timestamptz not null,
    primary key (consumer, xid, seq),
    constraint parked_events_running_is_leased
        check ((state = 'running') = (lease_holder is not null and leased_until is not null))
);
create index parked_events_key on platform.parked_events (consumer, key, xid, seq);
create index parked_events_due on platform.parked_events (run_at) where state = 'retry';
create index parked_events_leased on platform.parked_events (leased_until) where state = 'running';
create index parked_events_event on platform.parked_events (event_id);
create index parked_events_dead on platform.parked_events (parked_at) where state = 'dead';

-- Events are kept for a while, so that a consumer can begin anew.
create index outbox_created on platform.outbox (created_at);
alter table platform.outbox set (autovacuum_vacuum_insert_scale_factor = 0.05, autovacuum_vacuum_cost_delay = 0);
