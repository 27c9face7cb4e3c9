-- Appends an event and folds it into the bot's row; one that knows a price into its day's too. Whoever comes second waits for the row, so events have an order.
create or replace function trading.append_bot_event(context jsonb, bot_id uuid, type text, data jsonb) returns trading.bots
language plpgsql volatile
as $$
declare
    bot    trading.bots;
    moment timestamptz := platform.now();
    price  numeric := (case append_bot_event.type
        when 'filled' then data ->> 'price' when 'evaluated' then data ->> 'bid' end)::numeric;
begin
    select b.* into bot from trading.bots b where b.id = append_bot_event.bot_id for update;
    if not found then
        return null;
    end if;
    insert into trading.bot_events (bot_id, seq, at, type, data)
    values (bot.id, bot.version + 1, moment, append_bot_event.type, append_bot_event.data);
    bot := trading.store_bot(trading.fold_bot(bot, bot.version + 1, moment, append_bot_event.type, append_bot_event.data));
    if price is not null then
        perform trading.keep_bot_day(bot, moment, price);
    end if;
    return bot;
end
$$;
