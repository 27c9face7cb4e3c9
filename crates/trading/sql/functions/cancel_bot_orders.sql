-- Asks for all open orders of a bot to be taken back. Only its own: the account's owner may have others.
create or replace function trading.cancel_bot_orders(context jsonb, bot_id uuid) returns void
language plpgsql volatile
as $$
declare
    open_order uuid;
begin
    for open_order in
        select o.id from trading.orders o
        where o.bot_id = cancel_bot_orders.bot_id and o.finished_at is null and o.cancel_requested_at is null
        order by o.id
    loop
        perform trading.ask_to_cancel(context, open_order);
    end loop;
end
$$;
