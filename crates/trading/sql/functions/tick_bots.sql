-- Asks for a look at the market for each bot that is due, however many tick.
create or replace function trading.tick_bots(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    asked bigint;
begin
    select count(trading.ask_to_evaluate(context, b)) into asked
    from trading.bots b
    where b.state in ('running', 'paused') and b.next_tick_at <= platform.now();
    return jsonb_build_object('asked', asked);
end
$$;
