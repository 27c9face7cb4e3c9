-- Appends an event and folds it into the bot's row. Whoever comes second waits for the row, so events have an order.
create or replace function trading.append_bot_event(context jsonb, bot_id uuid, type text, data jsonb) returns trading.bots
language plpgsql volatile
as $$
declare
    bot    trading.bots;
    moment timestamptz := platform.now();
begin
    select b.* into bot from trading.bots b where b.id = append_bot_event.bot_id for update;
    if not found then
        return null;
    end if;
    insert into trading.bot_events (bot_id, seq, at, type, data)
    values (bot.id, bot.version + 1, moment, append_bot_event.type, append_bot_event.data);
    return trading.store_bot(trading.fold_bot(bot, bot.version + 1, moment, append_bot_event.type, append_bot_event.data));
end
$$;
