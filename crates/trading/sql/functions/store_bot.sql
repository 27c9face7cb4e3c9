-- Writes a folded row.
create or replace function trading.store_bot(bot trading.bots) returns trading.bots
language plpgsql volatile
as $$
begin
    update trading.bots b
    set name = bot.name, params = bot.params, risk = bot.risk, every = bot.every, state = bot.state,
        generation = bot.generation, started_at = bot.started_at, memory = bot.memory, last_tick_at = bot.last_tick_at,
        next_tick_at = bot.next_tick_at, last_error = bot.last_error, stopped_by = bot.stopped_by,
        stop_reason = bot.stop_reason, base_quantity = bot.base_quantity, cost_quote = bot.cost_quote,
        realized_pnl = bot.realized_pnl, fees = bot.fees, peak_pnl = bot.peak_pnl, day = bot.day,
        day_start_pnl = bot.day_start_pnl, trades = bot.trades, deleted_at = bot.deleted_at, version = bot.version,
        updated_at = bot.updated_at
    where b.id = bot.id;
    return bot;
end
$$;
