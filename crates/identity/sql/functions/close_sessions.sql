-- Ends all sessions of an account but `except_session`, which may be null. Answers how many. Session by session, not by subject and time:
-- a login within the same second must hold.
create or replace function identity.close_sessions(account uuid, except_session uuid) returns int
language plpgsql volatile
as $$
declare
    session_id uuid;
    ended      int := 0;
begin
    for session_id in
        select s.id from identity.sessions s
        where s.account_id = close_sessions.account and s.ended_at is null
          and s.id is distinct from close_sessions.except_session
        order by s.id
    loop
        if identity.close_session(session_id) then
            ended := ended + 1;
        end if;
    end loop;
    return ended;
end
$$;
