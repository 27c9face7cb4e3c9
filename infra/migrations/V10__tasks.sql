-- The queue as the worker needs it. A task is `scheduled` until it is due, `queued` until a worker takes it, `running` under a
-- lease, then `done`, `dead` or `cancelled`. What is queued is due, so that a claim is one walk along an index from its front.
alter table platform.tasks
    drop column max_attempts,
    drop column last_error,
    -- How often it was put off (503, 429), which costs no attempt.
    add column snoozes int not null default 0,
    -- [{attempt, at, error, status}], oldest first: what went wrong, kept in the dead letter.
    add column errors  jsonb not null default '[]',
    -- JSON that the owner answered with.
    add column result  jsonb,
    drop constraint tasks_state_check,
    add constraint tasks_state_check
        check (state in ('scheduled', 'queued', 'running', 'done', 'dead', 'cancelled')),
    add constraint tasks_running_is_leased
        check ((state = 'running') = (lease_holder is not null and leased_until is not null));

drop index platform.tasks_due;
drop index platform.tasks_leased;
-- By kind, because each has a limit of its own: a kind that is at its limit costs a claim nothing, however many of it wait.
create index tasks_queued on platform.tasks (kind, priority desc, run_at, id) where state = 'queued';
create index tasks_scheduled on platform.tasks (run_at) where state = 'scheduled';
create index tasks_running on platform.tasks (kind, leased_until) where state = 'running';
-- For admin's lists, newest first, and for deleting what has ended, oldest first.
create index tasks_state on platform.tasks (state, id);

-- A row changes state twice and then stays for days. Dead versions go often and in small portions, not at a fifth of the table:
-- a claim steps over them at the front of its index until they are gone.
alter table platform.tasks set (
    fillfactor = 80,
    autovacuum_vacuum_scale_factor = 0.01,
    autovacuum_vacuum_threshold = 500,
    autovacuum_vacuum_insert_scale_factor = 0.05,
    autovacuum_analyze_scale_factor = 0.02,
    autovacuum_vacuum_cost_delay = 0);

-- When each schedule of `platform::schedules` fires next. Moved by one atomic statement, so it fires once.
create table platform.schedules (
    name     text primary key,
    -- Its times in words: another text begins anew.
    times    text not null,
    next_at  timestamptz not null,
    fired_at timestamptz
);
