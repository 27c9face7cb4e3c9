-- Asks for a look at the market for each bot that is due, however many tick, and for one at the keys of live ones: what a key may do
-- can be changed at any time, and a permission that was added makes no call fail. A key is looked at once a tick of its bots, of which
-- none ticks more often than every ten seconds: six calls a minute at most, of the twenty that the slowest tier gives back.
create or replace function trading.tick_bots(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    asked bigint;
begin
    perform platform.enqueue(context, 'check_key',
        k.id || ':' || k.version || ':tick:' || extract(epoch from platform.now())::bigint / 10,
        jsonb_build_object('key_id', k.id, 'tick', true))
    from (
        select b.key_id, min(b.every) as every
        from trading.bots b
        where b.state in ('running', 'paused') and b.next_tick_at <= platform.now() and b.key_id is not null
        group by b.key_id) due
    join trading.exchange_keys k on k.id = due.key_id
    where k.disconnected_at is null
      -- Half a tick: the last look ended a moment after the last tick.
      and k.checked_at < platform.now() - least(due.every, 60) * interval '0.5 seconds'
      and not exists (select from trading.key_lanes l where l.lane = k.lane and l.locked_until > platform.now());
    select count(trading.ask_to_evaluate(context, b)) into asked
    from trading.bots b
    where b.state in ('running', 'paused') and b.next_tick_at <= platform.now();
    return jsonb_build_object('asked', asked);
end
$$;
