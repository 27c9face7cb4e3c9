-- A backtest is through with so many of its candles. Answers noted | over.
create or replace function trading.advance_backtest(backtest_id uuid, done bigint) returns jsonb
language plpgsql volatile
as $$
begin
    update trading.backtests t set candles_done = advance_backtest.done
    where t.id = advance_backtest.backtest_id and t.state = 'running';
    return jsonb_build_object('outcome', case when found then 'noted' else 'over' end);
end
$$;
