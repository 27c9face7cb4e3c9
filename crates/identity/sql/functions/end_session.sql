-- Ends one session of an account: {"outcome": "ended"} or {"outcome": "not_found"}.
create or replace function identity.end_session(context jsonb, account uuid, session uuid) returns jsonb
language plpgsql volatile
as $$
begin
    perform 1 from identity.sessions s
    where s.id = end_session.session and s.account_id = end_session.account
      and s.ended_at is null and s.expires_at > platform.now();
    if not found or not identity.close_session(end_session.session) then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    perform platform.record(context, 'session.ended', 'session', end_session.session::text);
    return jsonb_build_object('outcome', 'ended');
end
$$;
