-- Tells whoever waits for an order that it has ended: its owner, and its bot.
create or replace function trading.order_is_over(context jsonb, ord trading.orders) returns void
language plpgsql volatile
as $$
begin
    if ord.bot_id is not null then
        perform trading.bot_order_is_over(context, ord);
    end if;
    -- A bot's many orders are in its history; each by mail would be noise.
    if ord.bot_id is null and ord.state = 'filled' then
        perform platform.notify(context, 'order_completed:' || ord.id, ord.user_id, 'order_completed', jsonb_build_object(
            'order_id', ord.id, 'mode', ord.mode, 'pair', ord.pair, 'side', ord.side,
            'volume', trim_scale(ord.volume_executed)::text,
            'price', trim_scale(trading.average_price(ord))::text));
    end if;
end
$$;
