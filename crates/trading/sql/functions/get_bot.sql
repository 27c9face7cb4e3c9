-- One bot; null if there is none, or it is somebody else's.
create or replace function trading.get_bot(owner uuid, bot_id uuid) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select trading.bot_document(b) from trading.bots b
        where b.id = get_bot.bot_id and b.user_id = get_bot.owner and b.deleted_at is null);
end
$$;
