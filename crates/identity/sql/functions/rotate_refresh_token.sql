-- Exchanges a refresh token for its successor, which the caller derived from it. Answers
--   rotated  {grant, successor}: `successor` is the hash in hex. The same token again within ten seconds, while the
--            successor is unused, gets the same answer,
--   reused   the token was used before: the session is ended, for one of two parties has a stolen copy,
--   ended    the session is over, or its account is disabled,
--   unknown  no such token.
create or replace function identity.rotate_refresh_token(
    context jsonb, presented bytea, successor bytea, jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    family identity.sessions;
    token  identity.refresh_tokens;
    child  identity.refresh_tokens;
begin
    -- The lock on the session is what rotations and logouts queue at.
    select s.* into family
    from identity.sessions s
    where s.id = (select t.session_id from identity.refresh_tokens t where t.hash = presented)
    for no key update;
    if family.id is null then
        return jsonb_build_object('outcome', 'unknown');
    end if;
    -- Thirty days from the login, seven from the last use.
    if family.ended_at is not null or family.expires_at <= platform.now()
       or family.last_used_at <= platform.now() - interval '7 days'
       or not exists (select 1 from identity.accounts a where a.id = family.account_id and a.disabled_at is null) then
        return jsonb_build_object('outcome', 'ended');
    end if;

    select t.* into token from identity.refresh_tokens t where t.hash = presented;
    if token.used_at is null then
        update identity.refresh_tokens t
        set used_at = platform.now(), successor = rotate_refresh_token.successor
        where t.hash = presented;
        insert into identity.refresh_tokens (hash, session_id, parent, issued_at, jti)
        values (rotate_refresh_token.successor, family.id, presented, platform.now(), rotate_refresh_token.jti)
        returning * into child;
        update identity.sessions s
        set last_used_at = platform.now(),
            address = coalesce(context ->> 'address', s.address),
            agent = coalesce(left(context ->> 'agent', 400), s.agent)
        where s.id = family.id;
    else
        select t.* into child from identity.refresh_tokens t where t.hash = token.successor;
        if token.used_at <= platform.now() - interval '10 seconds' or child.used_at is not null then
            perform identity.close_session(family.id);
            perform platform.record(context || jsonb_build_object('actor', family.account_id),
                                    'session.refresh_token_reused', 'session', family.id::text);
            return jsonb_build_object('outcome', 'reused');
        end if;
    end if;
    return jsonb_build_object(
        'outcome', 'rotated',
        'grant', identity.session_grant(family.id, child.issued_at, child.jti),
        'successor', encode(child.hash, 'hex'));
end
$$;
