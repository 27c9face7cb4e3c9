-- A user's notifications, newest first, below `before` if it is given. `last` is the position to go on from, null at the end;
-- `unread` counts all that are unread. A user has at most 1,000 (platform.deliver_notification), so counting is bounded.
create or replace function platform.list_notifications(
    account uuid, unread_only boolean, before uuid, size bigint)
returns table (items text, last uuid, unread bigint)
language plpgsql stable
as $$
begin
    return query
    with ahead as (
        select n.id, n.type, n.title, n.body, n.link, n.data, n.created_at, n.read_at,
               row_number() over (order by n.id desc) as place
        from platform.notifications n
        where n.user_id = list_notifications.account
          and n.id < coalesce(list_notifications.before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
          and (n.read_at is null or not list_notifications.unread_only)
        order by n.id desc
        limit list_notifications.size + 1)
    select coalesce(
               json_agg(platform.notification_document(a.id, a.type, a.title, a.body, a.link, a.data, a.created_at, a.read_at)
                        order by a.id desc) filter (where a.place <= list_notifications.size),
               '[]')::text,
           case when count(*) > list_notifications.size
                then (array_agg(a.id order by a.id desc))[list_notifications.size] end,
           (select count(*) from platform.notifications n
            where n.user_id = list_notifications.account and n.read_at is null)
    from ahead a;
end
$$;
