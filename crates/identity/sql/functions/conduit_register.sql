-- Creates an account and signs it in, as the RealWorld API wants it. Answers
--   signed_in  {user, grant},
--   taken      {email, username}: which of the two somebody has.
create or replace function identity.conduit_register(
    context jsonb, account uuid, email text, username text, username_key text, password_hash text,
    code text, code_hash bytea, network text, session uuid, refresh_hash bytea, jti uuid, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    created identity.accounts;
    taken   jsonb;
begin
    perform identity.release_hash_slot(holder, slot);
    taken := identity.conduit_taken(conduit_register.email, conduit_register.username_key);
    if taken is not null then
        return taken;
    end if;
    created := identity.create_account(
        context, account, conduit_register.email, conduit_register.username, conduit_register.username_key,
        conduit_register.password_hash, conduit_register.code, conduit_register.code_hash, conduit_register.network);
    if created.id is null then
        -- Somebody was faster. Gone again by now: then there is no telling which of the two it was.
        return coalesce(identity.conduit_taken(conduit_register.email, conduit_register.username_key),
                        jsonb_build_object('outcome', 'taken', 'email', true, 'username', true));
    end if;
    return jsonb_build_object(
        'outcome', 'signed_in', 'user', identity.user_document(created),
        'grant', identity.start_session(context, account, conduit_register.network, '{pwd}', platform.now(), session,
                                        refresh_hash, conduit_register.jti));
end
$$;
