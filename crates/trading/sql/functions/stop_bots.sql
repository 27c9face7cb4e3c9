-- Stops the running bots of a key, of an account, or all of them (both null). Answers how many.
create or replace function trading.stop_bots(context jsonb, key_id uuid, owner uuid, who text, reason text) returns bigint
language plpgsql volatile
as $$
declare
    bots    uuid[];
    bot     uuid;
    stopped bigint := 0;
begin
    -- A statement each, so that each has its index.
    if stop_bots.key_id is not null then
        bots := array(select b.id from trading.bots b
                      where b.state <> 'stopped' and b.deleted_at is null and b.key_id = stop_bots.key_id order by b.id);
    elsif stop_bots.owner is not null then
        bots := array(select b.id from trading.bots b
                      where b.state <> 'stopped' and b.deleted_at is null and b.user_id = stop_bots.owner order by b.id);
    else
        bots := array(select b.id from trading.bots b
                      where b.state <> 'stopped' and b.deleted_at is null order by b.id);
    end if;
    foreach bot in array bots
    loop
        if trading.stop_bot(context, bot, who, stop_bots.reason) then
            stopped := stopped + 1;
        end if;
    end loop;
    return stopped;
end
$$;
