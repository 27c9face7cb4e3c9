-- A key is disconnected in two steps: trading.begin_disconnect compares the version. Functions come after migrations.
drop function if exists trading.disconnect_key(jsonb, uuid, uuid, bigint, text);
