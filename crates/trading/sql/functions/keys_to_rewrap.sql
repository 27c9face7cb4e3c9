-- The sealed keys after this one, in the order of their ids: what a rotation of master keys goes through.
create or replace function trading.keys_to_rewrap(after uuid, size bigint) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select coalesce(jsonb_agg(jsonb_build_object(
            'id', k.id, 'owner', k.user_id, 'sealed_key', k.sealed_key, 'sealed_secret', k.sealed_secret) order by k.id), '[]')
        from (
            select k.id, k.user_id, k.sealed_key, k.sealed_secret from trading.exchange_keys k
            where k.disconnected_at is null and k.id > coalesce(after, '00000000-0000-0000-0000-000000000000')
            order by k.id
            limit size) k);
end
$$;
