-- Orders, paper and live by the same path: an intent is written first, and what becomes of it is appended.

-- What a key's owner lets it do here. Values are in units of the pair's quote currency, counted per currency.
alter table trading.exchange_keys
    add column pairs               text[],
    add column max_order_value     numeric check (max_order_value > 0),
    add column max_daily_value     numeric check (max_daily_value > 0),
    add column max_orders_per_hour int check (max_orders_per_hour > 0),
    add column tier                text not null default 'starter' check (tier in ('starter', 'intermediate', 'pro')),
    -- The last version of the master keys' ring under which the envelopes were wrapped anew; a sweep looks for older ones.
    add column rewrapped_at        timestamptz;
create index exchange_keys_checked on trading.exchange_keys (checked_at) where disconnected_at is null;

-- The exchange's counter of calls, as far as we know it: it decays, and we stay below its end.
alter table trading.key_lanes
    add column spent    numeric not null default 0,
    add column spent_at timestamptz not null default '-infinity';
drop function if exists trading.enter_lane(bytea, uuid);
drop function if exists trading.rename_key(jsonb, uuid, uuid, bigint, text);
drop function if exists trading.begin_check(uuid, uuid, uuid);
drop function if exists trading.disconnect_key(jsonb, uuid, uuid, bigint);

create table trading.orders (
    -- Also the client order id at the exchange.
    id              uuid primary key,
    user_id         uuid not null,
    key_id          uuid references trading.exchange_keys (id),
    bot_id          uuid,
    execution_id    uuid,
    -- What a strategy calls it, for example a grid's level.
    tag             text,
    mode            text not null check (mode in ('paper', 'live')),
    pair            text not null,
    base            text not null,
    quote           text not null,
    side            text not null check (side in ('buy', 'sell')),
    type            text not null check (type in ('market', 'limit')),
    volume          numeric not null check (volume > 0),
    limit_price     numeric check (limit_price > 0),
    post_only       boolean not null default false,
    -- In units of the quote currency, what limits are measured with until the cost is known.
    value           numeric not null check (value > 0),
    state           text not null default 'intent' check (state in (
                        'intent', 'submitted', 'unknown', 'open', 'partially_filled',
                        'filled', 'canceled', 'rejected', 'not_placed', 'expired')),
    reason          text,
    txid            text,
    volume_executed numeric not null default 0,
    cost            numeric not null default 0,
    fee             numeric not null default 0,
    -- Paper: what the order holds of the quote (buy) or base (sell) asset.
    held            numeric not null default 0 check (held >= 0),
    -- Lookups in a row, after the deadline, that did not find it at the exchange.
    absences        int not null default 0,
    rounds          int not null default 0,
    cancel_requested_at timestamptz,
    deadline        timestamptz,
    version         bigint not null default 1,
    created_at      timestamptz not null,
    updated_at      timestamptz not null,
    finished_at     timestamptz,
    -- A paper order has no key, so no code that handles one can reach a key.
    check ((mode = 'live') = (key_id is not null)),
    check ((type = 'limit') = (limit_price is not null)),
    check (volume_executed <= volume)
);
create index orders_owner on trading.orders (user_id, id desc);
create index orders_bot on trading.orders (bot_id, id desc) where bot_id is not null;
create index orders_key on trading.orders (key_id, created_at) where key_id is not null;
create index orders_unsettled on trading.orders (updated_at) where finished_at is null;

-- Append-only.
create table trading.order_events (
    order_id uuid not null references trading.orders (id),
    seq      int not null,
    at       timestamptz not null,
    type     text not null,
    data     jsonb not null,
    primary key (order_id, seq)
);

-- One row an execution, by the exchange's id of it: what is told twice is counted once. Append-only.
create table trading.fills (
    id          text primary key,
    order_id    uuid not null references trading.orders (id),
    user_id     uuid not null,
    bot_id      uuid,
    mode        text not null,
    pair        text not null,
    base        text not null,
    quote       text not null,
    side        text not null,
    price       numeric not null,
    volume      numeric not null check (volume > 0),
    cost        numeric not null,
    fee         numeric not null,
    maker       boolean not null,
    executed_at timestamptz not null,
    created_at  timestamptz not null
);
create index fills_order on trading.fills (order_id);
create index fills_owner on trading.fills (user_id, executed_at desc, id desc);
create index fills_bot on trading.fills (bot_id, executed_at, id) where bot_id is not null;

-- The play money of paper orders.
create table trading.paper_balances (
    user_id uuid not null,
    asset   text not null,
    total   numeric not null check (total >= 0),
    held    numeric not null default 0 check (held >= 0 and held <= total),
    primary key (user_id, asset)
);

-- Engaged switches: `global`, or an account's id. Looked at before every order.
create table trading.kill_switches (
    scope      text primary key,
    reason     text not null,
    engaged_by text not null,
    engaged_at timestamptz not null
);
