-- Deletes the account of a session whose owner has just typed the password. Answers {outcome: deleted|stale}.
create or replace function identity.delete_account(
    context jsonb, account uuid, session uuid, password_hash text, holder uuid, slot int) returns jsonb
language plpgsql volatile
as $$
declare
    owner identity.accounts := identity.confirmed_account(account, session, password_hash);
begin
    perform identity.release_hash_slot(holder, slot);
    if owner.id is null then
        return jsonb_build_object('outcome', 'stale');
    end if;
    perform identity.erase_account(context, owner.id);
    return jsonb_build_object('outcome', 'deleted');
end
$$;
