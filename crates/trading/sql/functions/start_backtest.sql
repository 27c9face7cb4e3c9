-- A backtest begins to run over so many candles, or does so once more: an attempt that died left nothing behind.
create or replace function trading.start_backtest(backtest_id uuid, candles bigint) returns jsonb
language plpgsql volatile
as $$
begin
    update trading.backtests t
    set state = 'running', candles = start_backtest.candles, candles_done = 0, started_at = platform.now()
    where t.id = start_backtest.backtest_id and t.state in ('queued', 'running');
    return jsonb_build_object('outcome', case when found then 'started' else 'over' end);
end
$$;
