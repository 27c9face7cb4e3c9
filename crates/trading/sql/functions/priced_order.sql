-- An order as its owner sees it, carried out at `average_price`.
create or replace function trading.priced_order(ord trading.orders, average_price numeric) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', (ord).id,
        'key_id', (ord).key_id,
        'bot_id', (ord).bot_id,
        'mode', (ord).mode,
        'pair', (ord).pair,
        'side', (ord).side,
        'type', (ord).type,
        'volume', trim_scale((ord).volume)::text,
        'limit_price', trim_scale((ord).limit_price)::text,
        'post_only', (ord).post_only,
        'state', (ord).state,
        'reason', (ord).reason,
        'txid', (ord).txid,
        'volume_executed', trim_scale((ord).volume_executed)::text,
        'average_price', trim_scale(priced_order.average_price)::text,
        'cost', trim_scale((ord).cost)::text,
        'fee', trim_scale((ord).fee)::text,
        'cancel_requested', (ord).cancel_requested_at is not null,
        'created_at', platform.time_text((ord).created_at),
        'updated_at', platform.time_text((ord).updated_at),
        'finished_at', platform.time_text((ord).finished_at),
        'version', (ord).version)
$$;
