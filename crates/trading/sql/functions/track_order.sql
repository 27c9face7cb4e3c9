-- Asks for an open order to be looked at again: soon at first, then less often, up to every minute. One task a round,
-- however often a round is done.
create or replace function trading.track_order(context jsonb, ord trading.orders, at timestamptz default null) returns void
language plpgsql volatile
as $$
declare
    round int;
begin
    update trading.orders o set rounds = o.rounds + 1 where o.id = ord.id returning o.rounds into round;
    perform platform.enqueue(context, 'sync_order', ord.id || ':' || round, jsonb_build_object('order_id', ord.id),
        coalesce(track_order.at, platform.now() + least(60, 1 + round * 2) * interval '1 second'));
end
$$;
