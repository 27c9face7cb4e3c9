-- A lookup gives back the points that it did not use, which is one more argument.
drop function if exists trading.record_sync(jsonb, uuid, uuid, boolean, jsonb, jsonb);
