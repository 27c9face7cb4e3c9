-- Opens a session of 30 days with its first refresh token. Answers
--   opened  {grant}: what the access token says,
--   refused the account is gone or disabled.
create or replace function identity.open_session(
    context jsonb, account uuid, session uuid, refresh_hash bytea, jti uuid, amr text[],
    holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    as_owner jsonb := context || jsonb_build_object('actor', account);
begin
    perform identity.release_hash_slot(holder, slot);
    -- Shared lock: disabling the account waits, or is seen.
    perform 1 from identity.accounts a where a.id = account and a.disabled_at is null for share;
    if not found then
        return jsonb_build_object('outcome', 'refused');
    end if;
    insert into identity.sessions (id, account_id, amr, address, agent, authenticated_at, last_used_at, expires_at)
    values (session, account, open_session.amr, context ->> 'address', left(context ->> 'agent', 400),
            platform.now(), platform.now(), platform.now() + interval '30 days');
    insert into identity.refresh_tokens (hash, session_id, issued_at, jti)
    values (refresh_hash, session, platform.now(), open_session.jti);
    perform platform.emit(as_owner, 'user.events', account::text, 'user.logged_in',
                          jsonb_build_object('user_id', account, 'session_id', session));
    perform platform.record(as_owner, 'session.opened', 'session', session::text);
    return jsonb_build_object('outcome', 'opened',
                              'grant', identity.session_grant(session, platform.now(), open_session.jti));
end
$$;
