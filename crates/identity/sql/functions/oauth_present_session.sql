-- A session whose person lets somebody in now, locked; null if it is over, or its account is disabled. The account comes first, as
-- everywhere: what ends an account's access holds it and waits for the session, and a grant's row waits for the account.
create or replace function identity.oauth_present_session(session uuid) returns identity.sessions
language plpgsql volatile
as $$
declare
    present identity.sessions;
begin
    perform 1 from identity.accounts a
    where a.id = (select s.account_id from identity.sessions s where s.id = oauth_present_session.session)
      and a.disabled_at is null
    for share;
    if not found then
        return null;
    end if;
    select s.* into present from identity.sessions s
    where s.id = oauth_present_session.session and s.ended_at is null and s.expires_at > platform.now()
    for no key update;
    return present;
end
$$;
