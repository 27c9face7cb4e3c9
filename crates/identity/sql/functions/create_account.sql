-- Creates an account with the roles `user` and `trader`, and mails a code that proves its address. Null, and nothing done, where
-- somebody has the address or the name.
create or replace function identity.create_account(
    context jsonb, account uuid, email text, username text, username_key text, password_hash text,
    code text, code_hash bytea, network text) returns identity.accounts
language plpgsql volatile
as $$
declare
    as_owner jsonb := context || jsonb_build_object('actor', account);
    created  identity.accounts;
begin
    insert into identity.accounts as a (id, email, username, username_key, password_hash, created_at, updated_at)
    values (account, create_account.email, create_account.username, create_account.username_key,
            create_account.password_hash, platform.now(), platform.now())
    on conflict do nothing
    returning a.* into created;
    if created.id is null then
        return null;
    end if;
    insert into identity.account_roles (account_id, role, granted_at)
    values (account, 'user', platform.now()), (account, 'trader', platform.now());
    -- Whoever registers from a network is no stranger there.
    insert into identity.known_networks (account_id, network, last_login_at)
    values (account, create_account.network, platform.now());
    insert into identity.email_codes (
        account_id, purpose, email, code_hash, expires_at, network, keeps_password, attempts_since,
        sends, sends_since, sent_at)
    values (account, 'verify', created.email, create_account.code_hash, platform.now() + interval '10 minutes',
            create_account.network, true, platform.now(), 1, platform.now(), platform.now());
    perform platform.send_mail(as_owner, 'verification:' || platform.uuid_v7(), created.email, 'verification_code',
                               jsonb_build_object('code', create_account.code, 'minutes', 10));
    perform platform.emit(as_owner, 'user.events', account::text, 'user.created',
                          jsonb_build_object('user_id', account));
    perform platform.record(as_owner, 'account.registered', 'account', account::text, null,
                            jsonb_build_object('email', created.email, 'username', created.username));
    return created;
end
$$;
