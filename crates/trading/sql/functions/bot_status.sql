-- How a bot is doing, without prices. Null if the bot is not the owner's.
create or replace function trading.bot_status(owner uuid, bot_id uuid) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select trading.bot_document(b) || jsonb_build_object(
            'open_orders', (select count(*) from trading.orders o where o.bot_id = b.id and o.finished_at is null),
            'trades_today', (select count(*) from trading.fills f
                where f.bot_id = b.id and f.executed_at >= date_trunc('day', platform.now() at time zone 'UTC') at time zone 'UTC'),
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
