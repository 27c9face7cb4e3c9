-- The row of an intent, its first event, and the task that carries it out.
create or replace function trading.insert_order(context jsonb, owner uuid, bot_id uuid, execution_id uuid, wanted jsonb)
returns trading.orders
language plpgsql volatile
as $$
declare
    stored trading.orders;
begin
    insert into trading.orders as o (
        id, user_id, key_id, bot_id, execution_id, tag, mode, pair, base, quote, side, type, volume, limit_price, post_only,
        value, created_at, updated_at)
    values (
        (wanted ->> 'id')::uuid, insert_order.owner, (wanted ->> 'key_id')::uuid, insert_order.bot_id,
        insert_order.execution_id, wanted ->> 'tag', wanted ->> 'mode', wanted ->> 'pair', wanted ->> 'base',
        wanted ->> 'quote', wanted ->> 'side', wanted ->> 'type', (wanted ->> 'volume')::numeric,
        (wanted ->> 'limit_price')::numeric, coalesce((wanted ->> 'post_only')::boolean, false),
        (wanted ->> 'value')::numeric, platform.now(), platform.now())
    returning o.* into stored;
    perform trading.log_order(stored.id, 'intent', jsonb_build_object(
        'actor', context ->> 'actor', 'bot_id', stored.bot_id, 'request_id', context ->> 'request_id'));
    perform platform.enqueue(context, 'process_order', stored.id::text, jsonb_build_object('order_id', stored.id));
    return stored;
end
$$;
