-- How a bot is doing, without prices. Null if the bot is not the owner's. `used` is what of its limits is used, by their names;
-- `day_start_pnl` what it had earned at the first price of the day, null if it has seen none today.
create or replace function trading.bot_status(owner uuid, bot_id uuid) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select trading.bot_document(b) || jsonb_build_object(
            'open_orders', (select count(*) from trading.orders o where o.bot_id = b.id and o.finished_at is null),
            'trades_today', (select count(*) from trading.fills f
                where f.bot_id = b.id and f.executed_at >= date_trunc('day', platform.now() at time zone 'UTC') at time zone 'UTC'),
            'used', (select jsonb_build_object(
                    'max_orders_per_hour', u.orders_last_hour, 'max_daily_value', trim_scale(u.value_today)::text,
                    'max_open_orders', u.open_orders, 'max_exposure', trim_scale(b.cost_quote)::text)
                from trading.usage(
                    jsonb_populate_record(null::trading.orders, jsonb_build_object('bot_id', b.id)), 'bot') u),
            'day_start_pnl', case when b.day = (platform.now() at time zone 'UTC')::date
                then trim_scale(b.day_start_pnl)::text end,
            'key_status', (select k.status from trading.exchange_keys k where k.id = b.key_id),
            'last_execution', (select jsonb_build_object('id', x.id, 'outcome', x.outcome, 'reason', x.reason,
                    'created_at', platform.time_text(x.created_at))
                from trading.bot_executions x where x.bot_id = b.id order by x.id desc limit 1),
            'health', case when b.state = 'error' then 'error'
                when b.next_tick_at < platform.now() - (2 * b.every + 30) * interval '1 second' then 'stale' else 'ok' end)
        from trading.bots b
        where b.id = bot_status.bot_id and b.user_id = bot_status.owner and b.deleted_at is null);
end
$$;
