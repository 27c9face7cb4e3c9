-- A bot's events, newest first, below `before`; one more than `size`. Null if the bot is not the owner's.
create or replace function trading.list_bot_events(owner uuid, bot_id uuid, before bigint, size bigint) returns jsonb
language plpgsql stable
as $$
begin
    if not exists (select from trading.bots b
        where b.id = list_bot_events.bot_id and b.user_id = list_bot_events.owner and b.deleted_at is null) then
        return null;
    end if;
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
            'seq', e.seq, 'at', platform.time_text(e.at), 'type', e.type, 'data', e.data) order by e.seq desc), '[]')
        from (
            select e.* from trading.bot_events e
            where e.bot_id = list_bot_events.bot_id and e.seq < coalesce(list_bot_events.before, 9223372036854775807)
            order by e.seq desc
            limit list_bot_events.size + 1) e);
end
$$;
