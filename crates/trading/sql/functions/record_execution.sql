-- Carries a decision out, in one statement: the slot is taken, orders are written with their tasks, and the bot remembers.
-- `decided` is {id, slot, trigger, outcome, reason, signal, orders: [as insert_order], cancels: [id], memory, stop, bid}; `expected`
-- is the version of the bot that was decided for. Answers
--   executed, skipped, error  as decided,
--   duplicate                 the slot was carried out before,
--   stale                     the bot has changed since: decide again,
--   stopped                   it does not run any more, may not, or has lost too much.
create or replace function trading.record_execution(
    context jsonb, bot_id uuid, generation bigint, expected bigint, decided jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    bot     trading.bots;
    placed  uuid[] := '{}';
    wanted  jsonb;
    open_order text;
    taken   uuid;
    pnl     numeric;
    next_at timestamptz;
    breach  text;
begin
    select b.* into bot from trading.bots b where b.id = record_execution.bot_id for update;
    if bot.id is null or bot.state not in ('running', 'paused') or bot.generation <> record_execution.generation then
        return jsonb_build_object('outcome', 'stopped');
    end if;
    -- The event that says so may be behind; nothing is decided for somebody who may not run bots.
    if not identity.holds(bot.user_id, '{bots.run}') then
        perform trading.stop_bot(context, bot.id, 'system', 'Your account may not run bots any more.');
        return jsonb_build_object('outcome', 'stopped');
    end if;
    if bot.version <> expected then
        return jsonb_build_object('outcome', 'stale');
    end if;
    next_at := case when decided ->> 'trigger' = 'manual' then bot.next_tick_at
        else platform.now() + bot.every * interval '1 second' end;

    insert into trading.bot_executions as x (id, bot_id, generation, slot_key, trigger, outcome, reason, signal, orders, created_at)
    values ((decided ->> 'id')::uuid, bot.id, bot.generation, decided ->> 'slot', decided ->> 'trigger', decided ->> 'outcome',
            decided ->> 'reason', coalesce(decided -> 'signal', '{}'), '{}', platform.now())
    on conflict on constraint bot_executions_bot_id_slot_key_key do nothing
    returning x.id into taken;
    -- What it holds has lost too much: no further orders, whether the slot was free or not.
    pnl := bot.realized_pnl + bot.base_quantity * (decided ->> 'bid')::numeric - bot.cost_quote;
    breach := case
        when bot.day = (platform.now() at time zone 'UTC')::date
             and bot.day_start_pnl - pnl > (bot.risk ->> 'max_daily_loss')::numeric then 'The daily loss limit is reached.'
        when bot.day is not null
             and bot.peak_pnl - pnl > (bot.risk ->> 'max_drawdown')::numeric then 'The limit of the drawdown is reached.' end;
    if breach is not null then
        update trading.bot_executions x set outcome = 'skipped', reason = 'risk_limit' where x.id = taken;
        bot := trading.append_bot_event(context, bot.id, 'evaluated', jsonb_build_object(
            'execution_id', taken, 'next_tick_at', next_at, 'slot', decided ->> 'slot', 'outcome', 'skipped',
            'reason', 'risk_limit', 'bid', decided ->> 'bid'));
        perform trading.stop_bot(context, bot.id, 'risk', breach);
        return jsonb_build_object('outcome', 'stopped');
    end if;

    if taken is null then
        -- Only the clock goes on.
        bot := trading.append_bot_event(context, bot.id, 'evaluated',
            jsonb_build_object('next_tick_at', next_at, 'slot', decided ->> 'slot', 'outcome', 'duplicate',
                'bid', decided ->> 'bid'));
        return jsonb_build_object('outcome', 'duplicate');
    end if;

    for wanted in select o.value from jsonb_array_elements(coalesce(decided -> 'orders', '[]')) o(value) loop
        perform trading.insert_order(context, bot.user_id, bot.id, taken, wanted);
        placed := placed || (wanted ->> 'id')::uuid;
    end loop;
    for open_order in select c.value from jsonb_array_elements_text(coalesce(decided -> 'cancels', '[]')) c(value) loop
        perform trading.ask_to_cancel(context, open_order::uuid);
    end loop;
    update trading.bot_executions x set orders = placed where x.id = taken;
    bot := trading.append_bot_event(context, bot.id, 'evaluated', jsonb_build_object(
        'execution_id', taken, 'next_tick_at', next_at, 'slot', decided ->> 'slot', 'outcome', decided ->> 'outcome',
        'reason', decided ->> 'reason', 'memory', decided -> 'memory', 'error', decided ->> 'error',
        'bid', decided ->> 'bid'));
    if decided ->> 'outcome' = 'skipped' and decided ->> 'reason' <> 'no_signal' then
        perform platform.emit(context, 'trading.events', bot.id::text, 'bot.trade.skipped', jsonb_build_object(
            'bot_id', bot.id, 'execution_id', taken, 'user_id', bot.user_id, 'reason', decided ->> 'reason'));
    end if;
    -- What was missed is told and not made up for.
    if jsonb_typeof(decided #> '{signal,missed}') = 'number' and decided #> '{signal,missed}' > '0' then
        perform platform.emit(context, 'trading.events', bot.id::text, 'bot.trade.skipped', jsonb_build_object(
            'bot_id', bot.id, 'execution_id', taken, 'user_id', bot.user_id, 'reason', 'missed_slot',
            'missed', decided #> '{signal,missed}'));
    end if;
    if decided ->> 'outcome' = 'error' then
        bot := trading.append_bot_event(context, bot.id, 'failed', jsonb_build_object('message', decided ->> 'error'));
        perform trading.cancel_bot_orders(context, bot.id);
        perform platform.emit(context, 'trading.events', bot.id::text, 'bot.error', jsonb_build_object(
            'bot_id', bot.id, 'user_id', bot.user_id, 'code', 'strategy', 'retryable', false, 'message', decided ->> 'error'));
        perform platform.notify(context, 'bot_error:' || bot.id || ':' || bot.version, bot.user_id, 'bot_stopped',
            jsonb_build_object('bot_id', bot.id, 'name', bot.name, 'reason', decided ->> 'error'));
    elsif decided ->> 'stop' is not null then
        perform trading.stop_bot(context, bot.id, 'system', decided ->> 'stop');
    end if;
    return jsonb_build_object('outcome', decided ->> 'outcome', 'execution_id', taken);
end
$$;
