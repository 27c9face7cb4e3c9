-- How far a backtest is: over how many candles it runs, and since when.
alter table trading.backtests
    add column candles    bigint,
    add column started_at timestamptz,
    drop constraint backtests_state_check,
    add constraint backtests_state_check check (state in ('queued', 'running', 'done', 'failed'));
