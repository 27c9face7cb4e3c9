-- Deletes the account of a session whose owner has just typed the password. Answers {outcome: deleted|stale|last_admin}: somebody must
-- be left who administers the others.
create or replace function identity.delete_account(
    context jsonb, account uuid, session uuid, password_hash text, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    administers boolean := exists (
        select 1 from identity.account_roles r where r.account_id = delete_account.account and r.role = 'admin');
    owner       identity.accounts;
begin
    perform identity.release_hash_slot(holder, slot);
    if administers then
        -- One after the other, and before the account is locked, as admin does: two could not see each other leave.
        perform 1 from identity.roles r where r.name = 'admin' for update;
    end if;
    owner := identity.confirmed_account(account, session, password_hash);
    if owner.id is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if administers and not identity.administrator_remains(owner.id) then
        return jsonb_build_object('outcome', 'last_admin');
    end if;
    perform identity.erase_account(context, owner.id);
    return jsonb_build_object('outcome', 'deleted');
end
$$;
