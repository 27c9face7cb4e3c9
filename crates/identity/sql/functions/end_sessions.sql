-- Ends all sessions of an account: {"outcome": "ended", "sessions": n}. Session by session, not by subject and time: a
-- login within the same second must hold.
create or replace function identity.end_sessions(context jsonb, account uuid) returns jsonb
language plpgsql volatile
as $$
declare
    session_id uuid;
    ended      int := 0;
begin
    for session_id in
        select s.id from identity.sessions s
        where s.account_id = end_sessions.account and s.ended_at is null
        order by s.id
    loop
        if identity.close_session(session_id) then
            ended := ended + 1;
        end if;
    end loop;
    perform platform.record(context, 'session.all_ended', 'account', end_sessions.account::text);
    return jsonb_build_object('outcome', 'ended', 'sessions', ended);
end
$$;
