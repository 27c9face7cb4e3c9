-- The user's share of these tables, for GET /api/v1/auth/me/export.
create or replace function platform.export_messages(account uuid) returns json
language plpgsql stable
as $$
begin
    return json_build_object(
        'notifications', (
            select coalesce(json_agg(platform.notification_document(
                       n.id, n.type, n.title, n.body, n.link, n.data, n.created_at, n.read_at) order by n.id), '[]')
            from platform.notifications n where n.user_id = export_messages.account),
        'notification_preferences', platform.notification_preferences(export_messages.account) -> 'preferences',
        'support_tickets', (
            select coalesce(json_agg(platform.ticket_document(t.id, false, true) order by t.id), '[]')
            from platform.support_tickets t where t.user_id = export_messages.account));
end
$$;
