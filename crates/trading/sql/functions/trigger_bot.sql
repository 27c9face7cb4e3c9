-- Asks for a decision now. The client's key becomes the slot, so that one trigger is one execution. Answers
--   triggered  with the bot,
--   replayed   with the bot: this key was decided for before, whatever has become of the bot since,
--   stale      its version is not the `expected` one,
--   illegal with the bot's state, not_found.
create or replace function trading.trigger_bot(context jsonb, owner uuid, bot_id uuid, expected bigint, trigger_key text)
returns jsonb
language plpgsql volatile
as $$
declare
    bot trading.bots;
begin
    perform identity.require_live(context);
    select b.* into bot from trading.bots b
    where b.id = trigger_bot.bot_id and b.user_id = trigger_bot.owner and b.deleted_at is null for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if exists (select from trading.bot_executions x
        where x.bot_id = bot.id and x.slot_key = 'manual:' || trigger_bot.trigger_key) then
        return jsonb_build_object('outcome', 'replayed', 'bot', trading.bot_document(bot));
    end if;
    if bot.version <> trigger_bot.expected then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if bot.state not in ('running', 'paused') then
        return jsonb_build_object('outcome', 'illegal', 'state', bot.state);
    end if;
    perform platform.enqueue(context, 'evaluate_bot', bot.id || ':manual:' || trigger_key,
        jsonb_build_object('bot_id', bot.id, 'generation', bot.generation, 'manual', trigger_key));
    return jsonb_build_object('outcome', 'triggered', 'bot', trading.bot_document(bot));
end
$$;
