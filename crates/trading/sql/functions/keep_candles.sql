-- Keeps candles that are over, and answers all that are stored of the pair from there back, oldest first.
create or replace function trading.keep_candles(pair text, minutes int, candles jsonb, size bigint) returns jsonb
language plpgsql volatile
as $$
begin
    insert into trading.candles as c (pair, interval, start, open, high, low, close, volume)
    select keep_candles.pair, minutes, (n.value ->> 'start')::bigint, (n.value ->> 'open')::numeric,
           (n.value ->> 'high')::numeric, (n.value ->> 'low')::numeric, (n.value ->> 'close')::numeric,
           (n.value ->> 'volume')::numeric
    from jsonb_array_elements(candles) n(value)
    on conflict on constraint candles_pkey do nothing;
    return (
        select coalesce(jsonb_agg(jsonb_build_object('start', c.start, 'open', c.open::text, 'high', c.high::text,
            'low', c.low::text, 'close', c.close::text) order by c.start), '[]')
        from (select c.start, c.open, c.high, c.low, c.close from trading.candles c
              where c.pair = keep_candles.pair and c.interval = minutes
              order by c.start desc limit size) c);
end
$$;
