-- Changes name, address and password of a session's account at once, without a code or the old password, as the RealWorld API wants
-- it. The old address is told; the new one is not proved. A new password ends all but this session. What is null stays. Answers
--   signed_in      {user, grant},
--   taken          {email, username}: which of the two somebody has; nothing was changed,
--   second_factor  the account has one: its address and password are changed where it is asked for,
--   ended          the session is over.
-- An address that somebody takes at the same time is the constraint accounts_email_key.
create or replace function identity.conduit_update_account(
    context jsonb, account uuid, session uuid, username text, username_key text, email text, password_hash text, jti uuid,
    holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    owner   identity.accounts;
    renamed jsonb;
begin
    if slot is not null then
        perform identity.release_hash_slot(holder, slot);
    end if;
    select a.* into owner from identity.accounts a where a.id = conduit_update_account.account for update;
    if not identity.session_is_live(conduit_update_account.account, conduit_update_account.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    if (conduit_update_account.password_hash is not null or conduit_update_account.email <> owner.email)
       and cardinality(identity.second_factors(owner.id)) > 0 then
        return jsonb_build_object('outcome', 'second_factor');
    end if;
    if exists (select 1 from identity.accounts a where a.email = conduit_update_account.email and a.id <> owner.id) then
        return jsonb_build_object('outcome', 'taken', 'email', true, 'username', false);
    end if;

    if conduit_update_account.username <> owner.username then
        renamed := identity.update_account(context, owner.id, conduit_update_account.session, null,
                                           conduit_update_account.username, conduit_update_account.username_key, null, null, null);
        if renamed ->> 'outcome' <> 'updated' then
            return jsonb_build_object('outcome', 'taken', 'email', false, 'username', true);
        end if;
    end if;
    if conduit_update_account.email <> owner.email then
        update identity.accounts a
        set email = conduit_update_account.email, email_verified_at = null, updated_at = platform.now()
        where a.id = owner.id;
        delete from identity.password_resets r where r.account_id = owner.id;
        delete from identity.email_codes c where c.account_id = owner.id;
        perform identity.tell_of_email(context, owner, conduit_update_account.email);
    end if;
    if conduit_update_account.password_hash is not null then
        update identity.accounts a
        set password_hash = conduit_update_account.password_hash, updated_at = platform.now()
        where a.id = owner.id;
        perform identity.end_access(owner.id, conduit_update_account.session);
        perform platform.record(context, 'password.changed', 'account', owner.id::text);
        -- As the account was: at the address that its owner had proved.
        perform identity.tell_of_password(context, owner);
    end if;
    return identity.conduit_user(owner.id, conduit_update_account.session, conduit_update_account.jti);
end
$$;
