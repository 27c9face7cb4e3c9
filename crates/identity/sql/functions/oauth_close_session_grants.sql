-- Ends the grants that live no longer than a session. Those with `offline_access` go on without the person.
create or replace function identity.oauth_close_session_grants(session uuid) returns void
language plpgsql volatile
as $$
declare
    grant_id uuid;
begin
    for grant_id in
        select g.id from identity.oauth_grants g
        where g.session_id = oauth_close_session_grants.session and g.ended_at is null
          and not 'offline_access' = any (g.scopes)
        order by g.id
    loop
        perform identity.oauth_close_grant(grant_id);
    end loop;
end
$$;
