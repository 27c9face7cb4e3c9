-- Marks a notification of the user as read; one that was read stays as it is. Null if there is none. The time of the first
-- reading counts.
create or replace function platform.read_notification(account uuid, notification uuid) returns json
language plpgsql volatile
as $$
begin
    update platform.notifications n
    set read_at = platform.now()
    where n.id = read_notification.notification and n.user_id = read_notification.account and n.read_at is null;
    return (
        select platform.notification_document(n.id, n.type, n.title, n.body, n.link, n.data, n.created_at, n.read_at)
        from platform.notifications n
        where n.id = read_notification.notification and n.user_id = read_notification.account);
end
$$;
