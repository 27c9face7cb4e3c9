-- Stops a bot, whoever wants it: `who` is user, risk, kill, key or system. Its open orders are taken back, and its owner is
-- told unless they did it. Answers whether it was running.
create or replace function trading.stop_bot(context jsonb, bot_id uuid, who text, reason text) returns boolean
language plpgsql volatile
as $$
declare
    bot trading.bots;
begin
    select b.* into bot from trading.bots b where b.id = stop_bot.bot_id for update;
    if bot.state = 'stopped' or bot.deleted_at is not null then
        return false;
    end if;
    bot := trading.append_bot_event(context, bot.id, 'stopped', jsonb_build_object('by', who, 'reason', stop_bot.reason));
    perform trading.cancel_bot_orders(context, bot.id);
    perform platform.emit(context, 'trading.events', bot.id::text, 'bot.stopped', jsonb_build_object(
        'bot_id', bot.id, 'user_id', bot.user_id, 'mode', bot.mode, 'by', who, 'reason', stop_bot.reason));
    perform platform.record(context, 'bot.stopped', 'bot', bot.id::text, null,
        jsonb_build_object('by', who, 'reason', stop_bot.reason));
    if who <> 'user' then
        perform platform.notify(context, 'bot_stopped:' || bot.id || ':' || bot.version, bot.user_id, 'bot_stopped',
            jsonb_build_object('bot_id', bot.id, 'name', bot.name, 'reason', stop_bot.reason));
    end if;
    return true;
end
$$;
