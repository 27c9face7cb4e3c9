-- Deletes an account and all that identity knows of it. The other services erase their share when they hear `user.deleted`, and what
-- is personal in the audit log goes with it; the records stay, under an id that stands for nobody. Its name is held, so that nobody
-- steps into it. False if there is no such account.
create or replace function identity.erase_account(context jsonb, account uuid) returns boolean
language plpgsql volatile
as $$
declare
    owner identity.accounts;
begin
    select a.* into owner from identity.accounts a where a.id = erase_account.account for update;
    if owner.id is null then
        return false;
    end if;
    -- By subject: no later login of this account can be meant.
    perform identity.revoke_tokens(owner.id);
    perform identity.hold_username(owner.username_key, interval '30 days', null);
    perform platform.send_mail(context, 'account_deleted:' || owner.id, owner.email, 'account_deleted', '{}');
    perform platform.emit(context, 'user.events', owner.id::text, 'user.deleted',
                          jsonb_build_object('user_id', owner.id));
    perform platform.record(context, 'account.deleted', 'account', owner.id::text);
    delete from identity.login_failures f
    where f.key in (identity.failure_key('name', 'email:' || owner.email, ''),
                    identity.failure_key('name', 'username:' || owner.username_key, ''));
    delete from identity.accounts a where a.id = owner.id;
    return true;
end
$$;
