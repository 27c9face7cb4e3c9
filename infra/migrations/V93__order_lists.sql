-- Pages of an account's orders cost the same however long its history is: of those that are open, which are few among many, and of those
-- of one mode.
create index orders_open on trading.orders (user_id, id desc) where finished_at is null;
create index orders_mode on trading.orders (user_id, mode, id desc);
