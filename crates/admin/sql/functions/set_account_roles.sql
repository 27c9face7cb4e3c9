-- Gives an account exactly these roles. Answers
--   set          {user},
--   not_found, stale,
--   not_allowed  the actor does not hold `roles.manage` any more,
--   unknown_role {role},
--   outranked    {role}: it gives, or gave, permissions that the credential does not have,
--   last_admin   somebody must be left who can give roles back.
create or replace function identity.set_account_roles(
    context jsonb, actor uuid, held text[], account uuid, version int8, roles text[]) returns jsonb
language plpgsql volatile
as $$
declare
    holder  identity.accounts;
    had     text[];
    gained  text[];
    lost    text[];
    refused text;
begin
    -- What concerns administrators happens one after the other: two of them could not see each other's change.
    perform 1 from identity.roles r where r.name = 'admin' for update;
    -- After the queue: the lock that it takes on the actor would be waited for there.
    perform identity.require_live(context);
    if not identity.holds(actor, '{roles.manage}') then
        return jsonb_build_object('outcome', 'not_allowed');
    end if;
    select a.* into holder from identity.accounts a where a.id = set_account_roles.account for update;
    if holder.id is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if set_account_roles.version is not null
       and set_account_roles.version <> (identity.administered_account(holder) ->> 'version')::int8 then
        return jsonb_build_object('outcome', 'stale');
    end if;
    -- None of them can be removed from here on; one that is being removed is waited for, and then unknown.
    perform 1 from identity.roles r where r.name = any (set_account_roles.roles) order by r.name for key share;
    select w.role into refused
    from unnest(set_account_roles.roles) w (role)
    where not exists (select 1 from identity.roles r where r.name = w.role)
    limit 1;
    if refused is not null then
        return jsonb_build_object('outcome', 'unknown_role', 'role', refused);
    end if;

    had := array(select r.role from identity.account_roles r where r.account_id = holder.id order by r.role);
    gained := array(select distinct w.role from unnest(set_account_roles.roles) w (role) where w.role <> all (had));
    lost := array(select h.role from unnest(had) h (role) where h.role <> all (set_account_roles.roles));
    select c.role into refused
    from unnest(gained || lost) c (role)
    where not (identity.permissions_of(array[c.role]) <@ held)
    limit 1;
    if refused is not null then
        return jsonb_build_object('outcome', 'outranked', 'role', refused);
    end if;
    if 'admin' = any (lost) and not identity.administrator_remains(holder.id) then
        return jsonb_build_object('outcome', 'last_admin');
    end if;
    if cardinality(gained) + cardinality(lost) = 0 then
        return jsonb_build_object('outcome', 'set', 'user', identity.administered_account(holder));
    end if;

    delete from identity.account_roles r where r.account_id = holder.id and r.role = any (lost);
    insert into identity.account_roles (account_id, role, granted_at)
    select holder.id, g.role, platform.now() from unnest(gained) g (role);
    update identity.accounts a
    set updated_at = greatest(platform.now(), a.updated_at + interval '1 microsecond')
    where a.id = holder.id
    returning a.* into holder;
    perform identity.revoke_tokens(holder.id);
    perform platform.record(
        context, 'account.roles_changed', 'account', holder.id::text,
        jsonb_build_object('roles', to_jsonb(had)),
        jsonb_build_object('roles', identity.account_access(holder.id) -> 'roles'));
    perform platform.emit(
        context, 'user.events', holder.id::text, 'user.updated',
        jsonb_build_object('user_id', holder.id, 'roles', identity.account_access(holder.id) -> 'roles'));
    return jsonb_build_object('outcome', 'set', 'user', identity.administered_account(holder));
end
$$;
