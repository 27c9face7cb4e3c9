-- Deletes what has nothing left to say to any client: codes and refresh tokens go with their grant, an hour after it can't be
-- used. A thousand of each at most; what is left is next time's. Answers how many rows went.
create or replace function identity.oauth_sweep() returns bigint
language plpgsql volatile
as $$
declare
    gone    bigint := 0;
    counted bigint;
begin
    delete from identity.oauth_used_once u where u.hash in (
        select o.hash from identity.oauth_used_once o where o.expires_at <= platform.now()
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.oauth_requests r where r.hash in (
        select o.hash from identity.oauth_requests o where o.expires_at <= platform.now()
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.oauth_device_codes d where d.hash in (
        select o.hash from identity.oauth_device_codes o where o.expires_at <= platform.now() - interval '1 hour'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    delete from identity.oauth_grants g where g.id in (
        select o.id from identity.oauth_grants o where o.expires_at <= platform.now() - interval '1 hour'
        limit 1000 for update skip locked);
    get diagnostics counted = row_count; gone := gone + counted;
    -- Nobody came with the code: nothing ever came of the grant.
    delete from identity.oauth_grants g where g.id in (
        select c.grant_id from identity.oauth_codes c
        where c.used_at is null and c.expires_at <= platform.now() - interval '1 hour'
        limit 1000);
    get diagnostics counted = row_count; gone := gone + counted;
    return gone;
end
$$;
