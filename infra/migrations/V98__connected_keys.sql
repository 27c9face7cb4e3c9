-- It takes the id of the key whose place a new one is for.
drop function if exists trading.begin_connect(text, text, text, bytea, bytea, uuid);
