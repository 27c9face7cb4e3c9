-- One backtest with its report; null if there is none, or it is somebody else's. `owner` null: anybody's, for tasks.
create or replace function trading.get_backtest(owner uuid, backtest_id uuid) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select jsonb_build_object('id', t.id, 'strategy', t.strategy, 'params', t.params, 'pair', t.pair,
            'interval', t.interval, 'funds', trim_scale(t.funds)::text, 'state', t.state, 'candles', t.candles,
            'candles_done', t.candles_done,
            'percent', case when t.candles > 0 then t.candles_done * 100 / t.candles else 0 end,
            'report', t.report, 'problem', t.problem, 'created_at', platform.time_text(t.created_at),
            'started_at', platform.time_text(t.started_at), 'finished_at', platform.time_text(t.finished_at))
        from trading.backtests t
        where t.id = get_backtest.backtest_id and (get_backtest.owner is null or t.user_id = get_backtest.owner));
end
$$;
