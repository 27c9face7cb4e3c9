-- Registers an account (identity.create_account), or does as if. Answers
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
    created identity.accounts;
    owner   identity.accounts;
begin
    perform identity.release_hash_slot(holder, slot);
    if identity.username_is_taken(register.username_key) then
        return jsonb_build_object('outcome', 'username_taken');
    end if;

    created := identity.create_account(context, account, register.email, register.username, register.username_key,
                                       register.password_hash, register.code, register.code_hash, register.network);
    if created.id is not null then
        return jsonb_build_object('outcome', 'created', 'user', identity.user_document(created));
    end if;

    select a.* into owner from identity.accounts a where a.email = register.email for no key update;
    if owner.id is null or not identity.hold_username(register.username_key, interval '24 hours', null) then
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
