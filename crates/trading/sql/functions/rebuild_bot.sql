-- A bot as its events alone make it: what its row must equal.
create or replace function trading.rebuild_bot(bot_id uuid) returns trading.bots
language plpgsql stable
as $$
declare
    bot   trading.bots;
    event trading.bot_events;
begin
    for event in
        select e.* from trading.bot_events e where e.bot_id = rebuild_bot.bot_id order by e.seq
    loop
        bot := trading.fold_bot(bot, event.seq, event.at, event.type, event.data);
    end loop;
    return bot;
end
$$;
