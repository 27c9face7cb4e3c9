-- One connected key; null if there is none, or it is somebody else's.
create or replace function trading.get_key(owner uuid, key_id uuid) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select trading.key_document(k) from trading.exchange_keys k
        where k.id = get_key.key_id and k.user_id = get_key.owner and k.disconnected_at is null);
end
$$;
