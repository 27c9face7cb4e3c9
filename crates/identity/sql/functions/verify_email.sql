-- Proves the address that an account was registered with, and signs in. What was set up before the proof stays only if the code
-- belongs to the registration that set it up. Answers
--   opened, mfa_required   as identity.sign_in, with {password_required} where no password has survived,
--   refused                unknown, wrong, expired or used-up code.
create or replace function identity.verify_email(
    context jsonb, email text, code_hash bytea, network text,
    session uuid, refresh_hash bytea, jti uuid, challenge bytea) returns jsonb
language plpgsql volatile
as $$
declare
    owner    identity.accounts;
    code     identity.email_codes;
    as_owner jsonb;
begin
    select a.* into owner from identity.accounts a
    where a.email = verify_email.email and a.email_verified_at is null and a.disabled_at is null
    for no key update;
    if owner.id is not null then
        code := identity.take_code(owner.id, 'verify', owner.email, verify_email.code_hash);
    end if;
    if code.account_id is null then
        perform platform.record(context, 'email.code_refused', 'account', coalesce(owner.id::text, 'unknown'));
        return jsonb_build_object('outcome', 'refused');
    end if;
    as_owner := context || jsonb_build_object('actor', owner.id);
    if not code.keeps_password then
        perform identity.end_access(owner.id, null);
        perform identity.drop_factors(owner.id);
        delete from identity.known_networks k where k.account_id = owner.id;
        update identity.accounts a set password_hash = code.password_hash where a.id = owner.id;
        if code.username_key is not null and code.username_key <> owner.username_key then
            begin
                delete from identity.held_usernames h where h.username_key = code.username_key;
                update identity.accounts a set username = code.username, username_key = code.username_key
                where a.id = owner.id;
            exception when unique_violation then
                -- Somebody has taken the name in between: the account keeps the one it has.
                null;
            end;
        end if;
        perform platform.record(as_owner, 'account.taken_over_by_proof', 'account', owner.id::text);
    end if;
    update identity.accounts a set email_verified_at = platform.now(), updated_at = platform.now()
    where a.id = owner.id
    returning a.* into owner;
    perform platform.emit(as_owner, 'user.events', owner.id::text, 'user.updated',
                          jsonb_build_object('user_id', owner.id));
    perform platform.record(as_owner, 'email.verified', 'account', owner.id::text);
    return identity.sign_in(as_owner, owner.id, verify_email.network, '{}', verify_email.session,
                            verify_email.refresh_hash, verify_email.jti, verify_email.challenge)
        || jsonb_build_object('password_required', owner.password_hash is null);
end
$$;
