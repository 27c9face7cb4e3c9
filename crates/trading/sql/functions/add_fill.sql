-- Counts one execution of an order, once however often it is told. `fill` is {id, price, volume, cost, fee, maker, at}, `at` in
-- milliseconds since the epoch. The caller holds the order's row; answers it as it is then.
create or replace function trading.add_fill(context jsonb, ord trading.orders, fill jsonb) returns trading.orders
language plpgsql volatile
as $$
declare
    stored trading.orders;
    added  trading.fills;
begin
    insert into trading.fills as f (
        id, order_id, user_id, bot_id, mode, pair, base, quote, side, price, volume, cost, fee, maker, executed_at, created_at)
    values (
        fill ->> 'id', ord.id, ord.user_id, ord.bot_id, ord.mode, ord.pair, ord.base, ord.quote, ord.side,
        (fill ->> 'price')::numeric, (fill ->> 'volume')::numeric, (fill ->> 'cost')::numeric, (fill ->> 'fee')::numeric,
        (fill ->> 'maker')::boolean, to_timestamp((fill ->> 'at')::bigint / 1000.0), platform.now())
    on conflict on constraint fills_pkey do nothing
    returning f.* into added;
    if added.id is null then
        return ord;
    end if;
    update trading.orders o
    set volume_executed = o.volume_executed + added.volume, cost = o.cost + added.cost, fee = o.fee + added.fee,
        updated_at = platform.now(), version = o.version + 1
    where o.id = ord.id
    returning o.* into stored;
    perform trading.log_order(ord.id, 'fill', jsonb_build_object(
        'fill_id', added.id, 'price', trim_scale(added.price)::text, 'volume', trim_scale(added.volume)::text,
        'cost', trim_scale(added.cost)::text, 'fee', trim_scale(added.fee)::text, 'maker', added.maker));
    perform platform.emit(context, 'trading.events', ord.id::text, 'trade.executed', jsonb_build_object(
        'fill_id', added.id, 'order_id', ord.id, 'bot_id', ord.bot_id, 'user_id', ord.user_id, 'mode', ord.mode,
        'pair', ord.pair, 'side', ord.side, 'price', trim_scale(added.price)::text,
        'volume', trim_scale(added.volume)::text, 'cost', trim_scale(added.cost)::text,
        'fee', trim_scale(added.fee)::text, 'maker', added.maker, 'executed_at', platform.time_text(added.executed_at)));
    if ord.bot_id is not null then
        perform trading.append_bot_event(context, ord.bot_id, 'filled', jsonb_build_object(
            'fill_id', added.id, 'order_id', ord.id, 'execution_id', ord.execution_id, 'tag', ord.tag, 'side', added.side,
            'price', trim_scale(added.price)::text, 'volume', trim_scale(added.volume)::text,
            'cost', trim_scale(added.cost)::text, 'fee', trim_scale(added.fee)::text));
        perform platform.emit(context, 'trading.events', ord.bot_id::text, 'bot.trade.executed', jsonb_build_object(
            'bot_id', ord.bot_id, 'execution_id', ord.execution_id, 'order_id', ord.id, 'txid', ord.txid,
            'user_id', ord.user_id, 'mode', ord.mode, 'pair', ord.pair, 'side', ord.side,
            'volume', trim_scale(added.volume)::text, 'price', trim_scale(added.price)::text,
            'cost', trim_scale(added.cost)::text, 'fee', trim_scale(added.fee)::text));
    end if;
    return stored;
end
$$;
