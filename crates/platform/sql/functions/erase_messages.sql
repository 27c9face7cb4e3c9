-- On user.deleted: the user's notifications, preferences, tickets and development mails go. What the user wrote as support in the
-- tickets of others stays theirs.
create or replace function platform.erase_messages(account uuid) returns boolean
language plpgsql volatile
as $$
begin
    delete from platform.notifications n where n.user_id = erase_messages.account;
    delete from platform.notification_preferences p where p.user_id = erase_messages.account;
    delete from platform.mailbox m where m.account_id = erase_messages.account;
    delete from platform.support_tickets t where t.user_id = erase_messages.account;
    update platform.support_tickets t set assignee_id = null, version = t.version + 1
    where t.assignee_id = erase_messages.account;
    return true;
end
$$;
