-- How many of its candles a backtest is through with.
alter table trading.backtests add column candles_done bigint not null default 0;
update trading.backtests set candles_done = candles where state = 'done' and candles is not null;
