-- Makes the first administrator. Answers
--   exists    there is one: the variables are ignored,
--   granted   an account with this address, proved by its owner, became one,
--   created,
--   unproved  somebody registered the address without proving it: not to be trusted with this.
-- With `password_hash` null it only looks whether there is anything to do, and hashing is spared: answers `needed` then.
create or replace function identity.bootstrap_admin(
    context jsonb, account uuid, email text, username text, username_key text, password_hash text) returns jsonb
language plpgsql volatile
as $$
declare
    holder identity.accounts;
    suffix text := '';
begin
    perform 1 from identity.roles r where r.name = 'admin' for update;
    if exists (select 1 from identity.account_roles r where r.role = 'admin') then
        return jsonb_build_object('outcome', 'exists');
    end if;
    select a.* into holder from identity.accounts a where a.email = bootstrap_admin.email for update;
    if holder.id is not null and (holder.email_verified_at is null or holder.disabled_at is not null) then
        return jsonb_build_object('outcome', 'unproved');
    end if;
    if holder.id is null then
        if bootstrap_admin.password_hash is null then
            return jsonb_build_object('outcome', 'needed');
        end if;
        if identity.username_is_taken(bootstrap_admin.username_key) then
            suffix := '-' || left(replace(account::text, '-', ''), 12);
        end if;
        insert into identity.accounts as a (id, email, username, username_key, password_hash, email_verified_at,
                                            created_at, updated_at)
        values (account, bootstrap_admin.email, bootstrap_admin.username || suffix,
                bootstrap_admin.username_key || suffix, bootstrap_admin.password_hash, platform.now(),
                platform.now(), platform.now())
        returning a.* into holder;
        insert into identity.account_roles (account_id, role, granted_at)
        values (holder.id, 'user', platform.now()), (holder.id, 'trader', platform.now());
        perform platform.emit(context, 'user.events', holder.id::text, 'user.created',
                              jsonb_build_object('user_id', holder.id));
        perform platform.record(context, 'account.registered', 'account', holder.id::text, null,
                                jsonb_build_object('email', holder.email, 'username', holder.username));
    end if;
    insert into identity.account_roles (account_id, role, granted_at) values (holder.id, 'admin', platform.now());
    perform identity.revoke_tokens(holder.id);
    perform platform.record(context, 'account.roles_changed', 'account', holder.id::text, null,
                            jsonb_build_object('roles', identity.account_access(holder.id) -> 'roles'));
    return jsonb_build_object('outcome', case when holder.id = account then 'created' else 'granted' end,
                              'account', holder.id);
end
$$;
