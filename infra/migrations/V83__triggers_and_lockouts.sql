-- A trigger may name the version of the bot that it means.
drop function if exists trading.trigger_bot(jsonb, uuid, uuid, text);

-- Until when a key is left alone: each call with one that the exchange has locked out makes the lockout longer.
alter table trading.key_lanes add column locked_until timestamptz not null default '-infinity';
