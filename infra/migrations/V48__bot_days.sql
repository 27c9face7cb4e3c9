-- What a bot held and had earned at its last event of a day (UTC), as `trading.append_bot_event` folds it, and the last price that it saw
-- then. Days before this migration have no rows.
create table trading.bot_days (
    bot_id        uuid not null references trading.bots (id),
    day           date not null,
    base_quantity numeric not null,
    cost_quote    numeric not null,
    realized_pnl  numeric not null,
    fees          numeric not null,
    trades        bigint not null,
    price         numeric not null,
    primary key (bot_id, day)
);
