-- start, stop, pause, resume, delete. Answers done with the bot | stale (its version is not the `expected` one) | illegal with its state |
-- key_unfit | kill_switch | not_found.
create or replace function trading.command_bot(context jsonb, owner uuid, bot_id uuid, expected bigint, command text) returns jsonb
language plpgsql volatile
as $$
declare
    bot   trading.bots;
    legal text[] := case command
        when 'start' then array['stopped', 'error'] when 'stop' then array['running', 'paused', 'error']
        when 'pause' then array['running'] when 'resume' then array['paused']
        when 'delete' then array['stopped', 'error'] end;
begin
    perform identity.require_live(context);
    select b.* into bot from trading.bots b
    where b.id = command_bot.bot_id and b.user_id = command_bot.owner and b.deleted_at is null for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if bot.version <> command_bot.expected then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if not bot.state = any (legal) then
        return jsonb_build_object('outcome', 'illegal', 'state', bot.state);
    end if;
    case command
    when 'start' then
        if exists (select from trading.kill_switches s where s.scope in ('global', bot.user_id::text)) then
            return jsonb_build_object('outcome', 'kill_switch');
        end if;
        if bot.mode = 'live' and not exists (
            select from trading.exchange_keys k where k.id = bot.key_id and k.status = 'active' and k.disconnected_at is null)
        then
            return jsonb_build_object('outcome', 'key_unfit');
        end if;
        bot := trading.append_bot_event(context, bot.id, 'started', '{}');
        perform platform.emit(context, 'trading.events', bot.id::text, 'bot.started', jsonb_build_object(
            'bot_id', bot.id, 'user_id', bot.user_id, 'mode', bot.mode, 'by', 'user'));
        perform platform.record(context, 'bot.started', 'bot', bot.id::text);
        perform trading.ask_to_evaluate(context, bot);
    when 'stop' then
        perform trading.stop_bot(context, bot.id, 'user', 'Stopped by its owner.');
        select b.* into bot from trading.bots b where b.id = bot.id;
    when 'pause' then
        bot := trading.append_bot_event(context, bot.id, 'paused', jsonb_build_object('by', 'user', 'reason', 'Paused by its owner.'));
        perform platform.record(context, 'bot.paused', 'bot', bot.id::text);
    when 'resume' then
        bot := trading.append_bot_event(context, bot.id, 'resumed', '{}');
        perform platform.record(context, 'bot.resumed', 'bot', bot.id::text);
    when 'delete' then
        bot := trading.append_bot_event(context, bot.id, 'deleted', '{}');
        perform platform.record(context, 'bot.deleted', 'bot', bot.id::text);
    end case;
    return jsonb_build_object('outcome', 'done', 'bot', trading.bot_document(bot));
end
$$;
