-- What an account has and has earned here: play money, what its fills left, its bots, and for each of the last 30 days (UTC) what was
-- bought and sold on it (`series`) and what the bots had earned by its end (`pnl`, as trading.list_bot_days says of one). Every figure
-- is computed from fills or balances.
create or replace function trading.dashboard(owner uuid) returns jsonb
language plpgsql stable
as $$
declare
    today date := (platform.now() at time zone 'UTC')::date;
begin
    return jsonb_build_object(
        'paper_balances', (select coalesce(jsonb_agg(jsonb_build_object('asset', w.asset, 'total', trim_scale(w.total)::text,
                'held', trim_scale(w.held)::text) order by w.asset), '[]')
            from trading.paper_balances w where w.user_id = dashboard.owner),
        'positions', (select coalesce(jsonb_agg(jsonb_build_object(
                'pair', p.pair, 'mode', p.mode, 'base_quantity', trim_scale(p.base)::text,
                'cost_quote', trim_scale(p.cost)::text, 'realized_pnl', trim_scale(p.realized)::text,
                'fees', trim_scale(p.fees)::text, 'quote', p.quote) order by p.mode, p.pair), '[]')
            from (select b.pair, b.mode, min(f.quote) as quote, sum(b.base_quantity) as base, sum(b.cost_quote) as cost,
                         sum(b.realized_pnl) as realized, sum(b.fees) as fees
                  from trading.bots b
                  left join lateral (select f.quote from trading.fills f where f.bot_id = b.id limit 1) f on true
                  where b.user_id = dashboard.owner and b.trades > 0
                  group by b.pair, b.mode) p),
        'bots', (select coalesce(jsonb_agg(jsonb_build_object('id', b.id, 'name', b.name, 'state', b.state, 'mode', b.mode,
                'pair', b.pair, 'strategy', b.strategy, 'realized_pnl', trim_scale(b.realized_pnl)::text) order by b.id desc), '[]')
            from trading.bots b where b.user_id = dashboard.owner and b.deleted_at is null),
        'last_executions', (select coalesce(jsonb_agg(jsonb_build_object('id', x.id, 'bot_id', x.bot_id, 'outcome', x.outcome,
                'reason', x.reason, 'created_at', platform.time_text(x.created_at)) order by x.id desc), '[]')
            from (select x.* from trading.bot_executions x
                  where x.bot_id in (select b.id from trading.bots b where b.user_id = dashboard.owner and b.deleted_at is null)
                  order by x.id desc limit 10) x),
        'series', (select coalesce(jsonb_agg(jsonb_build_object('day', s.day, 'mode', s.mode, 'quote', s.quote,
                'bought', trim_scale(s.bought)::text, 'sold', trim_scale(s.sold)::text, 'fees', trim_scale(s.fees)::text,
                'trades', s.trades) order by s.day, s.mode, s.quote), '[]')
            from (select (f.executed_at at time zone 'UTC')::date as day, f.mode, f.quote,
                         coalesce(sum(f.cost) filter (where f.side = 'buy'), 0) as bought,
                         coalesce(sum(f.cost) filter (where f.side = 'sell'), 0) as sold,
                         sum(f.fee) as fees, count(*) as trades
                  from trading.fills f
                  where f.user_id = dashboard.owner and f.executed_at >= (today - 29)::timestamp at time zone 'UTC'
                  group by 1, 2, 3) s),
        'pnl', (select coalesce(jsonb_agg(jsonb_build_object('day', s.day, 'mode', s.mode, 'quote', s.quote,
                'realized_pnl', trim_scale(s.realized)::text, 'unrealized_pnl', trim_scale(s.unrealized)::text,
                'pnl', trim_scale(s.realized + s.unrealized)::text, 'fees', trim_scale(s.fees)::text)
                order by s.day, s.mode, s.quote), '[]')
            from (select c.day::date as day, b.mode, q.quote, sum(d.realized_pnl) as realized,
                         sum(d.base_quantity * d.price - d.cost_quote) as unrealized, sum(d.fees) as fees
                  from trading.bots b
                  cross join lateral (select f.quote from trading.fills f where f.bot_id = b.id limit 1) q
                  cross join generate_series((today - 29)::timestamp, today::timestamp, interval '1 day') c (day)
                  cross join lateral (
                      select l.* from trading.bot_days l
                      where l.bot_id = b.id and l.day <= c.day::date
                      order by l.day desc
                      limit 1) d
                  where b.user_id = dashboard.owner and b.trades > 0
                  group by 1, 2, 3) s));
end
$$;
