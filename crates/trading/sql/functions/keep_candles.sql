-- Keeps candles that are over; what is stored of them already stays as it is.
create or replace function trading.keep_candles(pair text, minutes int, candles jsonb) returns jsonb
language plpgsql volatile
as $$
begin
    insert into trading.candles as c (pair, interval, start, open, high, low, close, volume)
    select keep_candles.pair, minutes, (n.value ->> 'start')::bigint, (n.value ->> 'open')::numeric,
           (n.value ->> 'high')::numeric, (n.value ->> 'low')::numeric, (n.value ->> 'close')::numeric,
           (n.value ->> 'volume')::numeric
    from jsonb_array_elements(candles) n(value)
    on conflict on constraint candles_pkey do nothing;
    return jsonb_build_object('outcome', 'kept');
end
$$;
