-- Orders of a key that is gone: what was never sent is canceled, the rest cannot be looked up any more, and its owner is told to
-- look at the exchange.
create or replace function trading.let_go_of_orders(context jsonb, key_id uuid) returns void
language plpgsql volatile
as $$
declare
    ord   trading.orders;
    last_ trading.orders;
    left_ bigint := 0;
begin
    for ord in
        select o.* from trading.orders o
        where o.key_id = let_go_of_orders.key_id and o.finished_at is null order by o.id for update
    loop
        if ord.state = 'intent' then
            perform trading.move_order(context, ord, 'canceled', 'key_not_active');
        else
            update trading.orders o
            set state = 'unknown', reason = 'key_disconnected', finished_at = platform.now(), updated_at = platform.now(),
                version = o.version + 1
            where o.id = ord.id;
            perform trading.log_order(ord.id, 'unknown', jsonb_build_object('reason', 'key_disconnected'));
            left_ := left_ + 1;
            last_ := ord;
        end if;
    end loop;
    -- Not somebody whose account is gone.
    if left_ > 0 and identity.holds(last_.user_id, '{}') then
        perform platform.notify(context, 'orders_left:' || last_.id, last_.user_id, 'orders_left', jsonb_build_object(
            'key_id', let_go_of_orders.key_id, 'orders', left_,
            'label', (select k.label from trading.exchange_keys k where k.id = let_go_of_orders.key_id)));
    end if;
end
$$;
