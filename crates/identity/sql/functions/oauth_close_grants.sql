-- Ends all grants of an account, of a client, or of both; null is any. Devices that wait for this client's decision too.
create or replace function identity.oauth_close_grants(account uuid, client text default null) returns int
language plpgsql volatile
as $$
declare
    grants   uuid[] := '{}';
    grant_id uuid;
    ended    int := 0;
begin
    -- A statement each, so that each has its index.
    if account is not null then
        grants := array(select g.id from identity.oauth_grants g
                        where g.ended_at is null and g.account_id = oauth_close_grants.account
                          and (oauth_close_grants.client is null or g.client_id = oauth_close_grants.client)
                        order by g.id);
    elsif client is not null then
        grants := array(select g.id from identity.oauth_grants g
                        where g.ended_at is null and g.client_id = oauth_close_grants.client
                        order by g.id);
    end if;
    foreach grant_id in array grants
    loop
        if identity.oauth_close_grant(grant_id) then
            ended := ended + 1;
        end if;
    end loop;
    return ended;
end
$$;
