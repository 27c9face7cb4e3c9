-- An order as its owner sees it.
create or replace function trading.order_document(ord trading.orders) returns jsonb
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
        'average_price', case when (ord).volume_executed > 0 then trim_scale(trading.average_price(ord))::text end,
        'cost', trim_scale((ord).cost)::text,
        'fee', trim_scale((ord).fee)::text,
        'cancel_requested', (ord).cancel_requested_at is not null,
        'created_at', platform.time_text((ord).created_at),
        'updated_at', platform.time_text((ord).updated_at),
        'finished_at', platform.time_text((ord).finished_at),
        'version', (ord).version)
$$;
