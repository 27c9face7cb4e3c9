-- Bots of an account, newest first, below `before`; one more than `size`.
create or replace function trading.list_bots(owner uuid, before uuid, size bigint) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select coalesce(jsonb_agg(trading.bot_document(b) order by b.id desc), '[]')
        from (
            select b.* from trading.bots b
            where b.user_id = list_bots.owner and b.deleted_at is null
              and b.id < coalesce(list_bots.before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by b.id desc
            limit list_bots.size + 1) b);
end
$$;
