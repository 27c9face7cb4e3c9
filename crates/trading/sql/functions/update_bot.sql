-- Changes what `wanted` names of name, params, risk and every. Parameters change only while the bot is stopped. Answers
-- updated | stale | illegal | not_found.
create or replace function trading.update_bot(context jsonb, owner uuid, bot_id uuid, expected bigint, wanted jsonb)
returns jsonb
language plpgsql volatile
as $$
declare
    before trading.bots;
    bot    trading.bots;
begin
    perform identity.require_live(context);
    select b.* into before from trading.bots b
    where b.id = update_bot.bot_id and b.user_id = update_bot.owner and b.deleted_at is null for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if before.version <> coalesce(update_bot.expected, before.version) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if wanted ? 'params' and before.state <> 'stopped' then
        return jsonb_build_object('outcome', 'illegal', 'state', before.state);
    end if;
    if wanted = '{}' then
        return jsonb_build_object('outcome', 'updated', 'bot', trading.bot_document(before));
    end if;
    bot := trading.append_bot_event(context, before.id, 'updated', wanted);
    perform platform.record(context, 'bot.updated', 'bot', bot.id::text,
        trading.bot_document(before), trading.bot_document(bot));
    return jsonb_build_object('outcome', 'updated', 'bot', trading.bot_document(bot));
end
$$;
