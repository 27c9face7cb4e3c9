-- Creates an account with the roles `user` and `trader`. Answers
--   created         {user}; also when the address has an account already: then nothing is created, the name is held for
--                   a day, and the owner is told by mail,
--   username_taken.
create or replace function identity.register(
    context jsonb, account uuid, email text, username text, username_key text, password_hash text,
    holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    as_owner jsonb := context || jsonb_build_object('actor', account);
    created  identity.accounts;
    owner    identity.accounts;
    held     text;
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
        perform platform.emit(as_owner, 'user.events', account::text, 'user.created',
                              jsonb_build_object('user_id', account));
        perform platform.record(as_owner, 'account.registered', 'account', account::text, null,
                                jsonb_build_object('email', created.email, 'username', created.username));
        perform platform.enqueue(as_owner, 'mail', 'welcome:' || account,
                                 jsonb_build_object('template', 'welcome', 'to', created.email,
                                                    'username', created.username));
        return jsonb_build_object('outcome', 'created', 'user', identity.user_document(created));
    end if;

    select a.* into owner from identity.accounts a where a.email = register.email;
    if owner.id is null then
        return jsonb_build_object('outcome', 'username_taken');
    end if;
    insert into identity.held_usernames as h (username_key, held_until)
    values (register.username_key, platform.now() + interval '24 hours')
    on conflict on constraint held_usernames_pkey
        do update set held_until = excluded.held_until where h.held_until <= platform.now()
    returning h.username_key into held;
    if held is null then
        return jsonb_build_object('outcome', 'username_taken');
    end if;
    perform platform.record(context, 'account.registration_repeated', 'account', owner.id::text);
    -- One mail an hour, however often somebody tries.
    perform platform.enqueue(context, 'mail',
                             'registration-repeated:' || owner.id || ':' || to_char(platform.now(), 'YYYYMMDDHH24'),
                             jsonb_build_object('template', 'registration-repeated', 'to', owner.email,
                                                'username', owner.username));
    return jsonb_build_object('outcome', 'created', 'user', jsonb_build_object(
        'id', account, 'email', register.email, 'username', register.username, 'email_verified', false,
        'created_at', platform.time_text(platform.now())));
end
$$;
