-- The platform's share of what an account's owner may take away (identity.export_account): what they were told, what they asked
-- support, and what is kept of their deeds with address and device. What support's people say among themselves is not theirs.
create or replace function platform.export_user(account uuid) returns jsonb
language sql stable
as $$
    select jsonb_build_object(
        'notifications', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', n.id, 'type', n.type, 'title', n.title, 'body', n.body,
                'created_at', platform.time_text(n.created_at), 'read_at', platform.time_text(n.read_at)) order by n.id)
            from platform.notifications n where n.user_id = export_user.account), '[]'),
        'notification_preferences', (
            select p.preferences from platform.notification_preferences p where p.user_id = export_user.account),
        'support_tickets', coalesce((
            select jsonb_agg(jsonb_build_object(
                'id', t.id, 'subject', t.subject, 'category', t.category, 'state', t.state,
                'created_at', platform.time_text(t.created_at),
                'messages', (
                    select coalesce(jsonb_agg(jsonb_build_object(
                        'staff', m.staff, 'body', m.body, 'created_at', platform.time_text(m.created_at)) order by m.id), '[]')
                    from platform.support_messages m where m.ticket_id = t.id and not m.internal)) order by t.id)
            from platform.support_tickets t where t.user_id = export_user.account), '[]'),
        'activity', coalesce((
            select jsonb_agg(jsonb_build_object(
                'at', platform.time_text(a.at), 'action', a.action, 'target_type', a.target_type, 'target_id', a.target_id,
                'address', p.personal -> 'address', 'agent', p.personal -> 'agent') order by a.xid, a.seq)
            from platform.audit a
            left join platform.audit_personal p on p.audit_id = a.id
            where a.actor = export_user.account::text), '[]'))
$$;
