-- Ends all sessions of an account: {"outcome": "ended", "sessions": n}.
create or replace function identity.end_sessions(context jsonb, account uuid) returns jsonb
language plpgsql volatile
as $$
declare
    ended int := identity.close_sessions(account, null);
begin
    perform platform.record(context, 'session.all_ended', 'account', end_sessions.account::text);
    return jsonb_build_object('outcome', 'ended', 'sessions', ended);
end
$$;
