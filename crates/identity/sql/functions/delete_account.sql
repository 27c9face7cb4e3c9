-- Deletes the account of a session whose owner has just typed the password. Answers {outcome: deleted|stale|last_admin}: somebody must
-- be left who administers the others.
create or replace function identity.delete_account(
    context jsonb, account uuid, session uuid, password_hash text, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts;
begin
    perform identity.release_hash_slot(holder, slot);
    -- One after the other, and before the account is locked, as admin does: two administrators could not see each other leave. Whoever is
    -- none waits too, for the role may come while they do.
    perform 1 from identity.roles r where r.name = 'admin' for update;
    owner := identity.confirmed_account(account, session, password_hash);
    if owner.id is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if exists (select 1 from identity.account_roles r where r.account_id = owner.id and r.role = 'admin')
       and not identity.administrator_remains(owner.id) then
        return jsonb_build_object('outcome', 'last_admin');
    end if;
    perform identity.erase_account(context, owner.id);
    return jsonb_build_object('outcome', 'deleted');
end
$$;
