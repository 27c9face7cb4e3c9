-- Orders of an account, newest first, below `before`; perhaps only those of a bot, a mode, or that are (not) over. One more than
-- `size`, so that the caller sees whether there are more. Which of them are asked for decides which index serves; what all of the page
-- were carried out at is read at once.
create or replace function trading.list_orders(
    owner uuid, before uuid, size bigint, bot_id uuid, mode text, is_open boolean) returns jsonb
language plpgsql stable set plan_cache_mode = force_custom_plan
as $$
begin
    return (
        with page as materialized (
            select o.* from trading.orders o
            where o.user_id = list_orders.owner
              and o.id < coalesce(list_orders.before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
              and (list_orders.bot_id is null or o.bot_id = list_orders.bot_id)
              and (list_orders.mode is null or o.mode = list_orders.mode)
              and (list_orders.is_open is null or (o.finished_at is null) = list_orders.is_open)
            order by o.id desc
            limit list_orders.size + 1)
        select coalesce(jsonb_agg(trading.priced_order(o, a.price) order by o.id desc), '[]')
        from page o
        left join trading.average_prices(array(select e.id from page e where e.volume_executed > 0)) a on a.order_id = o.id);
end
$$;
