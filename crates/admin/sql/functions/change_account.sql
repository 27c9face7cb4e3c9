-- Disables or enables an account, or takes its password away so that its owner has to set another. Null changes nothing.
-- Answers
--   changed      {user},
--   not_found, stale (`version` is another),
--   not_allowed  the actor does not hold `users.manage` any more,
--   outranked    the account holds permissions that the credential does not,
--   oneself      nobody locks themselves out,
--   last_admin   somebody must be left who can undo it.
create or replace function identity.change_account(
    context jsonb, actor uuid, held text[], account uuid, version int8, disabled boolean, reset_password boolean)
    returns jsonb
language plpgsql volatile
as $$
declare
    before identity.accounts;
    after  identity.accounts;
begin
    -- What concerns administrators happens one after the other: two of them could not see each other's change.
    perform 1 from identity.roles r where r.name = 'admin' for update;
    -- After the queue: the lock that it takes on the actor would be waited for there.
    perform identity.require_live(context);
    if not identity.holds(actor, '{users.manage}') then
        return jsonb_build_object('outcome', 'not_allowed');
    end if;
    select a.* into before from identity.accounts a where a.id = change_account.account for update;
    if before.id is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if change_account.version is not null
       and change_account.version <> (identity.administered_account(before) ->> 'version')::int8 then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if not (array(select jsonb_array_elements_text(identity.account_access(before.id) -> 'permissions')) <@ held) then
        return jsonb_build_object('outcome', 'outranked');
    end if;
    if before.id = actor and (disabled or reset_password) then
        return jsonb_build_object('outcome', 'oneself');
    end if;
    if disabled and not identity.administrator_remains(before.id) then
        return jsonb_build_object('outcome', 'last_admin');
    end if;

    update identity.accounts a
    set disabled_at = case when disabled then coalesce(a.disabled_at, platform.now())
                           when not disabled then null
                           else a.disabled_at end,
        password_hash = case when reset_password then null else a.password_hash end,
        updated_at = greatest(platform.now(), a.updated_at + interval '1 microsecond')
    where a.id = before.id
      and (disabled is distinct from (a.disabled_at is not null) and disabled is not null
           -- Also of an account that has none: its sessions end, and its owner gets another link.
           or reset_password)
    returning a.* into after;
    if after.id is null then
        -- It is so already.
        return jsonb_build_object('outcome', 'changed', 'user', identity.administered_account(before));
    end if;
    if after.disabled_at is not null or reset_password then
        perform identity.end_access(after.id, null);
        perform identity.revoke_tokens(after.id);
    end if;
    if reset_password and after.disabled_at is null then
        perform platform.enqueue(context, 'send_password_reset', 'forced:' || after.id || ':' || platform.uuid_v7(),
                                 jsonb_build_object('account', after.id));
    end if;
    perform platform.record(
        context,
        case when (after.disabled_at is null) = (before.disabled_at is null) then 'account.password_taken'
             when after.disabled_at is not null then 'account.disabled'
             else 'account.enabled' end,
        'account', after.id::text,
        jsonb_build_object('disabled', before.disabled_at is not null, 'has_password', before.password_hash is not null),
        jsonb_build_object('disabled', after.disabled_at is not null, 'has_password', after.password_hash is not null));
    perform platform.emit(context, 'user.events', after.id::text, 'user.updated',
                          jsonb_build_object('user_id', after.id, 'disabled', after.disabled_at is not null));
    return jsonb_build_object('outcome', 'changed', 'user', identity.administered_account(after));
end
$$;
