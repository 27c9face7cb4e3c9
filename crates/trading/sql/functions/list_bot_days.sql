-- What a bot held and had earned at the end of each of the last days (UTC), the oldest first. A day on which it saw no price is as the
-- last one on which it did, `as_of`. Null if the bot is not the owner's.
create or replace function trading.list_bot_days(owner uuid, bot_id uuid, days bigint) returns jsonb
language plpgsql stable
as $$
declare
    bot   trading.bots;
    today date := (platform.now() at time zone 'UTC')::date;
begin
    select b.* into bot from trading.bots b
    where b.id = list_bot_days.bot_id and b.user_id = list_bot_days.owner and b.deleted_at is null;
    if not found then
        return null;
    end if;
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
            'day', s.day, 'as_of', s.as_of,
            'base_quantity', trim_scale(s.base_quantity)::text, 'cost_quote', trim_scale(s.cost_quote)::text,
            'price', trim_scale(s.price)::text,
            'realized_pnl', trim_scale(s.realized_pnl)::text, 'unrealized_pnl', trim_scale(s.unrealized_pnl)::text,
            'pnl', trim_scale(s.realized_pnl + s.unrealized_pnl)::text, 'fees', trim_scale(s.fees)::text,
            'trades', s.trades) order by s.day), '[]')
        from (
            select c.day::date as day, d.day as as_of, d.base_quantity, d.cost_quote, d.price, d.realized_pnl,
                   d.base_quantity * d.price - d.cost_quote as unrealized_pnl, d.fees, d.trades
            from generate_series(
                greatest(today - (list_bot_days.days - 1)::int, (bot.created_at at time zone 'UTC')::date)::timestamp,
                today::timestamp, interval '1 day') c (day)
            cross join lateral (
                select l.* from trading.bot_days l
                where l.bot_id = bot.id and l.day <= c.day::date
                order by l.day desc
                limit 1) d) s);
end
$$;
