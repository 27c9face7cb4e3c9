-- Backtests: asked for, run by a task, kept with their reports.
create table trading.backtests (
    id         uuid primary key,
    user_id    uuid not null,
    strategy   text not null,
    params     jsonb not null,
    pair       text not null,
    interval   int not null,
    funds      numeric not null check (funds > 0),
    state      text not null default 'queued' check (state in ('queued', 'done', 'failed')),
    report     jsonb,
    problem    text,
    created_at timestamptz not null,
    finished_at timestamptz
);
create index backtests_owner on trading.backtests (user_id, id desc);

-- Candles that are over, kept beyond the 720 that the exchange gives.
create table trading.candles (
    pair     text not null,
    interval int not null,
    start    bigint not null,
    open     numeric not null,
    high     numeric not null,
    low      numeric not null,
    close    numeric not null,
    volume   numeric not null,
    primary key (pair, interval, start)
);

-- An order's name is unique among its bot's: a strategy that decides twice places once.
create unique index orders_tag on trading.orders (bot_id, tag) where tag is not null;
