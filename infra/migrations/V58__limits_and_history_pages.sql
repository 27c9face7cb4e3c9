-- The currency that a key's limits of value are in; null: that of each order's pair, counted per currency.
alter table trading.exchange_keys add column limits_quote text;

-- Where the next lookup of an order that has ended goes on among the exchange's executions, where those that were listed did not hold
-- all of its own. Functions come after migrations.
alter table trading.orders add column pages bigint not null default 0;
drop function if exists trading.record_sync(jsonb, uuid, uuid, boolean, jsonb, jsonb, int);
