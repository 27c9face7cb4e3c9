-- Creates an account with the roles `user` and `trader`, and mails a code that proves its address. Answers
--   created         {user}; also when the address has an account already. Then nothing is created, the name is held for a day,
--                   and the owner is told by mail. Where nobody has proved the address yet, the mail holds a code that belongs
--                   to this registration: it takes over from the earlier one,
--   username_taken.
create or replace function identity.register(
    context jsonb, account uuid, email text, username text, username_key text, password_hash text,
    code text, code_hash bytea, network text, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    as_owner jsonb := context || jsonb_build_object('actor', account);
    created  identity.accounts;
    owner    identity.accounts;
begin
    perform identity.release_hash_slot(holder, slot);
    if identity.username_is_taken(register.username_key) then
        return jsonb_build_object('outcome', 'username_taken');
    end if;

    insert into identity.accounts as a (id, email, username, username_key, password_hash, created_at, updated_at)
    values (account, register.email, register.username, register.username_key, register.password_hash,
            platform.now(), platform.now())
    on conflict do nothing
    returning a.* into created;

    if created.id is not null then
        insert into identity.account_roles (account_id, role, granted_at)
        values (account, 'user', platform.now()), (account, 'trader', platform.now());
        insert into identity.email_codes (
            account_id, purpose, email, code_hash, expires_at, network, keeps_password, attempts_since,
            sends, sends_since, sent_at)
        values (account, 'verify', created.email, register.code_hash, platform.now() + interval '10 minutes',
                register.network, true, platform.now(), 1, platform.now(), platform.now());
        perform platform.send_mail(as_owner, 'verification:' || platform.uuid_v7(), created.email, 'verification_code',
                                   jsonb_build_object('code', register.code, 'minutes', 10));
        perform platform.emit(as_owner, 'user.events', account::text, 'user.created',
                              jsonb_build_object('user_id', account));
        perform platform.record(as_owner, 'account.registered', 'account', account::text, null,
                                jsonb_build_object('email', created.email, 'username', created.username));
        return jsonb_build_object('outcome', 'created', 'user', identity.user_document(created));
    end if;

    select a.* into owner from identity.accounts a where a.email = register.email for no key update;
    if owner.id is null or not identity.hold_username(register.username_key, interval '24 hours') then
        return jsonb_build_object('outcome', 'username_taken');
    end if;
    perform platform.record(context, 'account.registration_repeated', 'account', owner.id::text);
    if owner.email_verified_at is null and owner.disabled_at is null then
        perform identity.claim_unproved(context, owner, register.username, register.username_key, register.password_hash,
                                        register.code, register.code_hash, register.network);
    else
        -- One mail an hour, however often somebody tries.
        perform platform.send_mail(
            context, 'registration_attempt:' || owner.id || ':' || to_char(platform.now(), 'YYYYMMDDHH24'),
            owner.email, 'registration_attempt', '{}');
    end if;
    return jsonb_build_object('outcome', 'created', 'user', jsonb_build_object(
        'id', account, 'email', register.email, 'username', register.username, 'email_verified', false,
        'created_at', platform.time_text(platform.now())));
end
$$;
