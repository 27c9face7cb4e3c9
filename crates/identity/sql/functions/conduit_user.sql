-- The account of a session, with what its next access token says: whoever asks uses the session. Answers
--   signed_in  {user, grant},
--   ended      the session is over.
create or replace function identity.conduit_user(account uuid, session uuid, jti uuid) returns jsonb
language plpgsql volatile
as $$
begin
    if not identity.session_is_live(conduit_user.account, conduit_user.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    update identity.sessions s set last_used_at = platform.now()
    where s.id = conduit_user.session and s.last_used_at < platform.now() - interval '1 minute';
    return (
        select jsonb_build_object(
            'outcome', 'signed_in', 'user', identity.user_document(a),
            'grant', identity.session_grant(conduit_user.session, platform.now(), conduit_user.jti))
        from identity.accounts a where a.id = conduit_user.account);
end
$$;
