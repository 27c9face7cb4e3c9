-- Starts a session of 30 days with its first refresh token; answers what its access token says. `authenticated_at` is when the
-- person proved who they are. A sign-in from a network that the account has not been seen in before is told to its owner.
create or replace function identity.start_session(
    context jsonb, account uuid, network text, amr text[], authenticated_at timestamptz,
    session uuid, refresh_hash bytea, jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    as_owner jsonb := context || jsonb_build_object('actor', account);
    is_new   boolean;
begin
    insert into identity.sessions (id, account_id, amr, address, agent, authenticated_at, last_used_at, expires_at)
    values (session, account, start_session.amr, context ->> 'address', left(context ->> 'agent', 400),
            start_session.authenticated_at, platform.now(), platform.now() + interval '30 days');
    insert into identity.refresh_tokens (hash, session_id, issued_at, jti)
    values (refresh_hash, session, platform.now(), start_session.jti);
    insert into identity.known_networks as k (account_id, network, last_login_at)
    values (account, start_session.network, platform.now())
    on conflict on constraint known_networks_pkey do update set last_login_at = excluded.last_login_at
    returning k.xmax = 0 into is_new;
    if is_new then
        perform platform.notify(
            as_owner, 'new_sign_in:' || session, a.id, 'new_sign_in',
            jsonb_build_object('device', coalesce(left(context ->> 'agent', 400), 'unknown'),
                               'address', coalesce(context ->> 'address', 'unknown'),
                               'at', platform.time_text(platform.now())),
            a.email)
        from identity.accounts a
        where a.id = account and a.email_verified_at is not null
          and exists (select 1 from identity.known_networks k
                      where k.account_id = account and k.network <> start_session.network);
    end if;
    perform platform.emit(as_owner, 'user.events', account::text, 'user.logged_in',
                          jsonb_build_object('user_id', account, 'session_id', session));
    perform platform.record(as_owner, 'session.opened', 'session', session::text);
    return identity.session_grant(session, platform.now(), start_session.jti);
end
$$;
