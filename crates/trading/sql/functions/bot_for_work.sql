-- What a decision needs to know of a bot: the bot, its orders of this run, and its play money. Null if there is none. Of the orders all
-- that are open and those that ended last: one that rests for weeks while hundreds come and go must not be forgotten.
create or replace function trading.bot_for_work(bot_id uuid) returns jsonb
language plpgsql stable
as $$
declare
    bot trading.bots;
begin
    select b.* into bot from trading.bots b where b.id = bot_for_work.bot_id and b.deleted_at is null;
    if not found then
        return null;
    end if;
    return jsonb_build_object(
        'id', bot.id, 'key_id', bot.key_id, 'strategy', bot.strategy, 'params', bot.params,
        'pair', bot.pair, 'mode', bot.mode, 'state', bot.state, 'generation', bot.generation, 'every', bot.every,
        'memory', bot.memory, 'version', bot.version,
        -- One clock for slots, starts and schedules.
        'now', (extract(epoch from platform.now()) * 1000)::bigint,
        'started_at', (extract(epoch from bot.started_at) * 1000)::bigint,
        'base_quantity', bot.base_quantity::text, 'cost_quote', bot.cost_quote::text,
        'wallet', (select coalesce(jsonb_object_agg(w.asset, (w.total - w.held)::text), '{}')
            from trading.paper_balances w where w.user_id = bot.user_id and bot.mode = 'paper'),
        'pending', exists (select from trading.orders o
            where o.bot_id = bot.id and o.finished_at is null and o.state in ('intent', 'submitted', 'unknown')),
        'orders', (select coalesce(jsonb_agg(jsonb_build_object(
                'id', o.id, 'tag', o.tag, 'side', o.side, 'price', o.limit_price::text, 'volume', o.volume::text,
                'executed', o.volume_executed::text, 'open', o.finished_at is null) order by o.id), '[]')
            from (select o.* from trading.orders o
                where o.bot_id = bot.id and o.created_at >= bot.started_at
                order by o.finished_at desc nulls first, o.id desc limit 300) o));
end
$$;
