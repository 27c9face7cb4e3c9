-- An order of a bot has ended: if it came to nothing, the bot says why.
create or replace function trading.bot_order_is_over(context jsonb, ord trading.orders) returns void
language plpgsql volatile
as $$
begin
    perform trading.append_bot_event(context, ord.bot_id, 'order_ended', jsonb_build_object(
        'order_id', ord.id, 'state', ord.state, 'reason', ord.reason, 'tag', ord.tag, 'side', ord.side));
    if ord.state in ('rejected', 'not_placed') then
        perform platform.emit(context, 'trading.events', ord.bot_id::text, 'bot.trade.skipped', jsonb_build_object(
            'bot_id', ord.bot_id, 'execution_id', ord.execution_id, 'order_id', ord.id, 'user_id', ord.user_id,
            'reason', trading.skip_reason(ord.state, ord.reason), 'detail', ord.reason));
    end if;
end
$$;
