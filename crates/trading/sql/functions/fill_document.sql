-- One execution as its owner sees it.
create or replace function trading.fill_document(fill trading.fills) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'id', (fill).id, 'order_id', (fill).order_id, 'mode', (fill).mode, 'pair', (fill).pair, 'side', (fill).side,
        'price', trim_scale((fill).price)::text, 'volume', trim_scale((fill).volume)::text,
        'cost', trim_scale((fill).cost)::text, 'fee', trim_scale((fill).fee)::text, 'maker', (fill).maker,
        'executed_at', platform.time_text((fill).executed_at))
$$;
