-- What a decision is made by: a bot's open orders, and those that have ended last, however many came between.
create index orders_bot_ended on trading.orders (bot_id, finished_at desc nulls first, id desc) where bot_id is not null;
