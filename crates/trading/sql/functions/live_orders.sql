-- The orders of a key, or of all keys of an account (`key_id` null), that may rest at the exchange, oldest first.
create or replace function trading.live_orders(owner uuid, key_id uuid) returns uuid[]
language sql stable
as $$
    select coalesce(array_agg(o.id order by o.id), '{}')
    from trading.exchange_keys k
    join trading.orders o on o.key_id = k.id and o.finished_at is null and o.state <> 'intent'
    where k.user_id = live_orders.owner and k.id = coalesce(live_orders.key_id, k.id) and k.disconnected_at is null
$$;
