-- Ends a session and the access tokens of it, with the grants of clients that live no longer. False if it was over already.
create or replace function identity.close_session(session uuid) returns boolean
language plpgsql volatile
as $$
begin
    update identity.sessions s set ended_at = platform.now()
    where s.id = close_session.session and s.ended_at is null;
    if not found then
        return false;
    end if;
    insert into identity.revocations (kind, id, revoked_at)
    values ('session', close_session.session::text, platform.now())
    on conflict on constraint revocations_pkey do update set revoked_at = excluded.revoked_at;
    perform identity.oauth_close_session_grants(close_session.session);
    return true;
end
$$;
