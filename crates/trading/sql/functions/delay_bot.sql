-- A bot could not be decided for, for a reason that passes: it looks again at its next time. Nothing of the slot is used up.
create or replace function trading.delay_bot(context jsonb, bot_id uuid, generation bigint, reason text) returns jsonb
language plpgsql volatile
as $$
declare
    bot trading.bots;
begin
    select b.* into bot from trading.bots b
    where b.id = delay_bot.bot_id and b.generation = delay_bot.generation and b.state in ('running', 'paused') for update;
    if found then
        perform trading.append_bot_event(context, bot.id, 'evaluated', jsonb_build_object(
            'next_tick_at', platform.now() + least(bot.every, 10) * interval '1 second', 'outcome', 'delayed', 'reason', reason));
    end if;
    return jsonb_build_object('outcome', 'delayed', 'reason', reason);
end
$$;
