-- Asks for a bot's next look at the market, once for each of its times.
create or replace function trading.ask_to_evaluate(context jsonb, bot trading.bots) returns void
language plpgsql volatile
as $$
begin
    perform platform.enqueue(context, 'evaluate_bot',
        (bot).id || ':' || (bot).generation || ':' || (extract(epoch from (bot).next_tick_at) * 1000)::bigint,
        jsonb_build_object('bot_id', (bot).id, 'generation', (bot).generation));
end
$$;
