-- Stops the running bots of a key, of an account, or all of them (both null). Answers how many.
create or replace function trading.stop_bots(context jsonb, key_id uuid, owner uuid, who text, reason text) returns bigint
language plpgsql volatile
as $$
declare
    bot     uuid;
    stopped bigint := 0;
begin
    for bot in
        select b.id from trading.bots b
        where b.state <> 'stopped' and b.deleted_at is null
          and (stop_bots.key_id is null or b.key_id = stop_bots.key_id)
          and (stop_bots.owner is null or b.user_id = stop_bots.owner)
        order by b.id
    loop
        if trading.stop_bot(context, bot, who, stop_bots.reason) then
            stopped := stopped + 1;
        end if;
    end loop;
    return stopped;
end
$$;
