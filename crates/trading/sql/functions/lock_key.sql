-- The row of a key that its owner changes, held until the end; an order's reference to it may pass, or a bot that writes one down and a
-- key that stops its bots would wait for each other. `refusal`: not_found, or stale where `expected` is given and not its version any
-- more.
create or replace function trading.lock_key(
    owner uuid, key_id uuid, expected bigint, out stored trading.exchange_keys, out refusal text)
language plpgsql volatile
as $$
begin
    select k.* into stored from trading.exchange_keys k
    where k.id = lock_key.key_id and k.user_id = lock_key.owner and k.disconnected_at is null
    for no key update;
    refusal := case
        when stored.id is null then 'not_found'
        when stored.version <> coalesce(lock_key.expected, stored.version) then 'stale' end;
end
$$;
