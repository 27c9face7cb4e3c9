-- The nonce of these two minutes and the one before, newest first. All instances have the same.
create or replace function identity.oauth_dpop_nonces() returns jsonb
language plpgsql volatile
as $$
declare
    present int8 := floor(extract(epoch from platform.now()) / 120);
begin
    if not exists (select 1 from identity.oauth_dpop_nonces n where n.period = present) then
        insert into identity.oauth_dpop_nonces (period, nonce)
        values (present, replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''))
        on conflict on constraint oauth_dpop_nonces_pkey do nothing;
        delete from identity.oauth_dpop_nonces n where n.period < present - 1;
    end if;
    return (
        select jsonb_agg(n.nonce order by n.period desc)
        from identity.oauth_dpop_nonces n
        where n.period between present - 1 and present);
end
$$;
