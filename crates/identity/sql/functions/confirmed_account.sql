-- Locks the account of a session whose owner has just typed the password `password_hash` belongs to. Null if the session is over or
-- the password was changed in between: then nothing that follows from the confirmation may happen.
create or replace function identity.confirmed_account(account uuid, session uuid, password_hash text)
returns identity.accounts
language plpgsql volatile
as $$
declare
    owner identity.accounts;
begin
    select a.* into owner from identity.accounts a where a.id = confirmed_account.account for update;
    if owner.password_hash is distinct from confirmed_account.password_hash
       or not identity.session_is_live(confirmed_account.account, confirmed_account.session) then
        return null;
    end if;
    return owner;
end
$$;
