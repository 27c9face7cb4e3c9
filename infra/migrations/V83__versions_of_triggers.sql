-- A trigger may name the version of the bot that it means.
drop function if exists trading.trigger_bot(jsonb, uuid, uuid, text);
