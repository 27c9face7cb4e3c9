-- What a bot is after an event: the one rule by which the row changes. Pure: the event's own time is its only clock.
create or replace function trading.fold_bot(bot trading.bots, seq bigint, at timestamptz, type text, data jsonb)
returns trading.bots
language plpgsql immutable
as $$
declare
    quantity numeric := (data ->> 'volume')::numeric;
    cost     numeric := (data ->> 'cost')::numeric;
    fee      numeric := (data ->> 'fee')::numeric;
    share    numeric;
    price    numeric := (case fold_bot.type when 'filled' then data ->> 'price' when 'evaluated' then data ->> 'bid' end)::numeric;
    pnl      numeric := bot.realized_pnl + bot.base_quantity * price - bot.cost_quote;
    today    date := (at at time zone 'UTC')::date;
begin
    bot.version := seq;
    bot.updated_at := at;
    -- Losses are measured from what all of it was worth at the first price of the day, and at the best one of the run.
    if price is not null then
        bot.peak_pnl := case when bot.day is null then pnl else greatest(bot.peak_pnl, pnl) end;
        if bot.day is distinct from today then
            bot.day := today;
            bot.day_start_pnl := pnl;
        end if;
    end if;
    case type
    when 'created' then
        bot.id := (data ->> 'id')::uuid;
        bot.user_id := (data ->> 'user_id')::uuid;
        bot.key_id := (data ->> 'key_id')::uuid;
        bot.name := data ->> 'name';
        bot.strategy := data ->> 'strategy';
        bot.params := data -> 'params';
        bot.pair := data ->> 'pair';
        bot.mode := data ->> 'mode';
        bot.risk := data -> 'risk';
        bot.every := (data ->> 'every')::int;
        bot.state := 'stopped';
        bot.generation := 0;
        bot.memory := '{}';
        bot.base_quantity := 0;
        bot.cost_quote := 0;
        bot.realized_pnl := 0;
        bot.fees := 0;
        bot.peak_pnl := 0;
        bot.day_start_pnl := 0;
        bot.trades := 0;
        bot.created_at := at;
    when 'updated' then
        bot.name := coalesce(data ->> 'name', bot.name);
        bot.params := coalesce(data -> 'params', bot.params);
        bot.risk := coalesce(data -> 'risk', bot.risk);
        bot.every := coalesce((data ->> 'every')::int, bot.every);
    when 'started' then
        bot.state := 'running';
        bot.generation := bot.generation + 1;
        bot.started_at := at;
        bot.next_tick_at := at;
        bot.memory := '{}';
        bot.last_error := null;
        bot.stopped_by := null;
        bot.stop_reason := null;
        -- What it lost in an earlier run is no reason to stop this one.
        bot.day := null;
    when 'paused' then
        bot.state := 'paused';
        bot.stopped_by := data ->> 'by';
        bot.stop_reason := data ->> 'reason';
    when 'resumed' then
        bot.state := 'running';
        bot.stopped_by := null;
        bot.stop_reason := null;
    when 'stopped' then
        bot.state := 'stopped';
        bot.next_tick_at := null;
        bot.stopped_by := data ->> 'by';
        bot.stop_reason := data ->> 'reason';
    when 'failed' then
        bot.state := 'error';
        bot.next_tick_at := null;
        bot.last_error := data ->> 'message';
    when 'evaluated' then
        bot.last_tick_at := at;
        bot.next_tick_at := (data ->> 'next_tick_at')::timestamptz;
        bot.memory := coalesce(data -> 'memory', bot.memory);
        bot.last_error := data ->> 'error';
    when 'filled' then
        if data ->> 'side' = 'buy' then
            bot.base_quantity := bot.base_quantity + quantity;
            bot.cost_quote := bot.cost_quote + cost + fee;
        else
            -- What is sold leaves with its share of the cost; the last of it with all that is left, so that nothing of a
            -- rounded share remains.
            share := case when quantity >= bot.base_quantity then bot.cost_quote
                else round(bot.cost_quote * quantity / bot.base_quantity, 12) end;
            bot.realized_pnl := bot.realized_pnl + cost - fee - share;
            bot.cost_quote := bot.cost_quote - share;
            bot.base_quantity := bot.base_quantity - quantity;
        end if;
        bot.fees := bot.fees + fee;
        bot.trades := bot.trades + 1;
    when 'deleted' then
        bot.state := 'stopped';
        bot.next_tick_at := null;
        bot.deleted_at := at;
    when 'order_ended' then
        null;
    else
        raise exception 'no such event of a bot: %', type;
    end case;
    return bot;
end
$$;
