-- Asks for a look at the market for each bot that is due, however many tick, and for one at the keys of live ones: what a key may do
-- can be changed at any time, and a permission that was added makes no call fail. Ten minutes of one key cost it one call.
create or replace function trading.tick_bots(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    asked bigint;
begin
    perform platform.enqueue(context, 'check_key',
        k.id || ':' || k.version || ':tick:' || extract(epoch from platform.now())::bigint / 600,
        jsonb_build_object('key_id', k.id))
    from trading.exchange_keys k
    where k.id in (
            select b.key_id from trading.bots b
            where b.state in ('running', 'paused') and b.next_tick_at <= platform.now())
      and k.disconnected_at is null
      and k.checked_at < platform.now() - interval '10 minutes'
      and not exists (select from trading.key_lanes l where l.lane = k.lane and l.locked_until > platform.now());
    select count(trading.ask_to_evaluate(context, b)) into asked
    from trading.bots b
    where b.state in ('running', 'paused') and b.next_tick_at <= platform.now();
    return jsonb_build_object('asked', asked);
end
$$;
