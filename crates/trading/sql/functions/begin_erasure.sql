-- Before the keys of an account that was deleted are shredded: its bots stop, and what may rest at the exchange is named. Twice
-- changes nothing.
create or replace function trading.begin_erasure(context jsonb, owner uuid) returns jsonb
language plpgsql volatile
as $$
begin
    perform trading.stop_bots(context, null, begin_erasure.owner, 'system', 'The account was deleted.');
    return jsonb_build_object('orders', to_jsonb(trading.live_orders(begin_erasure.owner, null)));
end
$$;
