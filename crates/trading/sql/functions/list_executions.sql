-- What a bot did and why it did not, newest first, below `before`; one more than `size`. Null if the bot is not the owner's.
create or replace function trading.list_executions(owner uuid, bot_id uuid, before uuid, size bigint) returns jsonb
language plpgsql stable
as $$
begin
    if not exists (select from trading.bots b
        where b.id = list_executions.bot_id and b.user_id = list_executions.owner and b.deleted_at is null) then
        return null;
    end if;
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
            'id', x.id, 'generation', x.generation, 'slot', x.slot_key, 'trigger', x.trigger, 'outcome', x.outcome,
            'reason', x.reason, 'signal', x.signal, 'orders', to_jsonb(x.orders),
            'created_at', platform.time_text(x.created_at)) order by x.id desc), '[]')
        from (
            select x.* from trading.bot_executions x
            where x.bot_id = list_executions.bot_id
              and x.id < coalesce(list_executions.before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by x.id desc
            limit list_executions.size + 1) x);
end
$$;
