-- Its parameters changed; nothing calls it with these.
drop function if exists trading.keep_candles(text, int, jsonb, bigint);
