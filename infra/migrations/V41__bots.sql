-- Bots, event-sourced: commands append to bot_events, and the row in bots is their fold (trading.fold_bot).
create table trading.bots (
    id              uuid primary key,
    user_id         uuid not null,
    key_id          uuid references trading.exchange_keys (id),
    name            text not null check (char_length(name) between 1 and 64),
    strategy        text not null,
    params          jsonb not null,
    pair            text not null,
    mode            text not null check (mode in ('paper', 'live')),
    risk            jsonb not null,
    -- Seconds between two evaluations.
    every           int not null check (every between 10 and 2678400),
    state           text not null default 'stopped' check (state in ('stopped', 'running', 'paused', 'error')),
    -- Counts starts. What an earlier run has decided is not carried out in a later one.
    generation      bigint not null default 0,
    started_at      timestamptz,
    -- What the strategy wants to know the next time.
    memory          jsonb not null default '{}',
    last_tick_at    timestamptz,
    next_tick_at    timestamptz,
    last_error      text,
    stopped_by      text,
    stop_reason     text,
    -- Average cost: what it holds, what that has cost, and what it has earned.
    base_quantity   numeric not null default 0,
    cost_quote      numeric not null default 0,
    realized_pnl    numeric not null default 0,
    fees            numeric not null default 0,
    peak_pnl        numeric not null default 0,
    day             date,
    day_start_pnl   numeric not null default 0,
    trades          bigint not null default 0,
    deleted_at      timestamptz,
    version         bigint not null default 0,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    check ((mode = 'live') = (key_id is not null))
);
create index bots_owner on trading.bots (user_id, id desc) where deleted_at is null;
create index bots_key on trading.bots (key_id) where key_id is not null and deleted_at is null;
create index bots_due on trading.bots (next_tick_at) where state in ('running', 'paused');

-- Append-only; `seq` is the bot's version.
create table trading.bot_events (
    bot_id uuid not null references trading.bots (id),
    seq    bigint not null,
    at     timestamptz not null,
    type   text not null,
    data   jsonb not null,
    primary key (bot_id, seq)
);

-- What a bot did in a slot, or why it did not. One row a slot, however often it was asked.
create table trading.bot_executions (
    id          uuid primary key,
    bot_id      uuid not null references trading.bots (id),
    generation  bigint not null,
    slot_key    text not null,
    trigger     text not null check (trigger in ('schedule', 'manual')),
    outcome     text not null check (outcome in ('executed', 'skipped', 'error')),
    reason      text,
    signal      jsonb not null,
    orders      uuid[] not null,
    created_at  timestamptz not null,
    unique (bot_id, slot_key)
);
create index bot_executions_bot on trading.bot_executions (bot_id, id desc);

alter table trading.orders add constraint orders_bot_id foreign key (bot_id) references trading.bots (id);
