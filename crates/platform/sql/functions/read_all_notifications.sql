-- Marks all notifications of the user as read, or those up to and including `up_to`, so that one which came after the client
-- last looked stays unread. Answers how many were marked and how many are left.
create or replace function platform.read_all_notifications(account uuid, up_to uuid) returns json
language plpgsql volatile
as $$
declare
    marked bigint;
begin
    update platform.notifications n
    set read_at = platform.now()
    where n.user_id = read_all_notifications.account and n.read_at is null
      and n.id <= coalesce(read_all_notifications.up_to, 'ffffffff-ffff-ffff-ffff-ffffffffffff');
    get diagnostics marked = row_count;
    return json_build_object(
        'marked', marked,
        'unread', (select count(*) from platform.notifications n
                   where n.user_id = read_all_notifications.account and n.read_at is null));
end
$$;
