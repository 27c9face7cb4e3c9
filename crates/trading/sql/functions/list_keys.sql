-- Connected keys of an account, newest first, below `before` if it is given; one more than `size`, so that the caller sees
-- whether there are more.
create or replace function trading.list_keys(owner uuid, before uuid, size bigint) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select coalesce(jsonb_agg(trading.key_document(k) order by k.id desc), '[]')
        from (
            select k.* from trading.exchange_keys k
            where k.user_id = list_keys.owner and k.disconnected_at is null
              and k.id < coalesce(list_keys.before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by k.id desc
            limit list_keys.size + 1) k);
end
$$;
