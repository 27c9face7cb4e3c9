-- Gives the account another password. Every other session ends, with all that is pending; the one that changed it lives on.
-- Answers {outcome: changed|stale}.
create or replace function identity.change_password(
    context jsonb, account uuid, session uuid, old_hash text, new_hash text, network text, holder uuid, slot int)
returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
begin
    -- Before the account, as at a login: of a lease that ran out another may be giving back the place.
    perform identity.release_hash_slot(holder, slot);
    owner := identity.confirmed_account(account, session, old_hash);
    if owner.id is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    update identity.accounts a set password_hash = new_hash, updated_at = platform.now() where a.id = owner.id;
    perform identity.end_access(owner.id, change_password.session);
    perform identity.forgive_failures('account:' || owner.id, change_password.network);
    perform platform.record(context, 'password.changed', 'account', owner.id::text);
    perform identity.tell_of_password(context, owner);
    return jsonb_build_object('outcome', 'changed');
end
$$;
