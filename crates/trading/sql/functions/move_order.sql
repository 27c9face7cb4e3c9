-- Moves an order to another state, appends the event, and, where the order is over, releases what it held and tells whoever
-- waits for it. The caller holds the order's row.
create or replace function trading.move_order(context jsonb, ord trading.orders, state text, reason text, data jsonb default null)
returns trading.orders
language plpgsql volatile
as $$
declare
    stored trading.orders;
    over   boolean := move_order.state in ('filled', 'canceled', 'rejected', 'not_placed', 'expired');
begin
    if ord.held > 0 and over then
        update trading.paper_balances b set held = b.held - ord.held
        where b.user_id = ord.user_id and b.asset = case ord.side when 'buy' then ord.quote else ord.base end;
    end if;
    update trading.orders o
    set state = move_order.state, reason = coalesce(move_order.reason, o.reason),
        held = case when over then 0 else o.held end,
        finished_at = case when over then platform.now() end,
        updated_at = platform.now(), version = o.version + 1
    where o.id = ord.id
    returning o.* into stored;
    perform trading.log_order(stored.id, move_order.state,
        coalesce(data, '{}') || jsonb_build_object('reason', move_order.reason));
    if over then
        perform trading.order_is_over(context, stored);
    end if;
    return stored;
end
$$;
