-- Keeps a backtest's report, or what is wrong with it; the first one counts.
create or replace function trading.finish_backtest(backtest_id uuid, report jsonb, problem text) returns jsonb
language plpgsql volatile
as $$
begin
    update trading.backtests t
    set state = case when finish_backtest.problem is null then 'done' else 'failed' end,
        candles_done = case when finish_backtest.problem is null then coalesce(t.candles, 0) else t.candles_done end,
        report = finish_backtest.report, problem = finish_backtest.problem, finished_at = platform.now()
    where t.id = finish_backtest.backtest_id and t.state in ('queued', 'running');
    return jsonb_build_object('outcome', case when found then 'finished' else 'over' end);
end
$$;
