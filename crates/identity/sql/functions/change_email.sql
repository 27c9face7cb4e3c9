-- Takes the new address into use, by the code that was mailed there and from a session of the account: whoever finds a code in a
-- mailbox that was mistyped has no session. An address is what one signs in by and what a lost password comes back by, so all that the
-- account's credentials led to ends as when the password changes, and what hung on the old address goes; its owner is told. Answers
--   opened   {grant}: a session in the place of the present one, as it was authenticated: the present one's tokens are over too,
--   refused  unknown, wrong, expired or used-up code, or the session is over, or somebody has the address by now.
create or replace function identity.change_email(
    context jsonb, account uuid, present uuid, email text, code_hash bytea, network text,
    session uuid, refresh_hash bytea, jti uuid) returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
    code  identity.email_codes;
    known identity.sessions;
begin
    select a.* into owner from identity.accounts a where a.id = change_email.account for update;
    if identity.session_is_live(change_email.account, change_email.present) then
        code := identity.take_code(owner.id, 'change', change_email.email, change_email.code_hash);
    end if;
    if code.account_id is not null then
        begin
            update identity.accounts a
            set email = code.email, email_verified_at = platform.now(), updated_at = platform.now()
            where a.id = owner.id;
        exception when unique_violation then
            code := null;
        end;
    end if;
    if code.account_id is null then
        perform platform.record(context, 'email.code_refused', 'account', owner.id::text);
        return jsonb_build_object('outcome', 'refused');
    end if;
    select s.* into known from identity.sessions s where s.id = change_email.present;
    perform identity.end_access(owner.id, null);
    delete from identity.email_codes c where c.account_id = owner.id;
    perform identity.tell_of_email(context, owner, code.email);
    return jsonb_build_object('outcome', 'opened', 'password_required', owner.password_hash is null,
                              'grant', identity.start_session(
        context, owner.id, change_email.network, known.amr, known.authenticated_at,
        change_email.session, change_email.refresh_hash, change_email.jti));
end
$$;
