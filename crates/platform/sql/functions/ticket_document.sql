-- A support ticket as its user sees it, or with `staff` as support does: with the queue's own fields and internal messages. Null
-- if there is none. `with_messages` adds the conversation, oldest first; a ticket holds at most 200 messages.
create or replace function platform.ticket_document(ticket uuid, staff boolean, with_messages boolean) returns json
language plpgsql stable
as $$
declare
    t        record;
    document jsonb;
begin
    select k.* into t from platform.support_tickets k where k.id = ticket_document.ticket;
    if not found then
        return null;
    end if;
    document := jsonb_build_object(
        'id', t.id, 'subject', t.subject, 'category', t.category, 'state', t.state,
        'created_at', platform.time_text(t.created_at), 'updated_at', platform.time_text(t.updated_at));
    if staff then
        document := document || jsonb_build_object(
            'user_id', t.user_id,
            'username', (select a.username from identity.public_accounts a where a.id = t.user_id),
            'priority', t.priority, 'assignee_id', t.assignee_id,
            'waiting_since', platform.time_text(t.waiting_since));
    end if;
    if with_messages then
        document := document || jsonb_build_object('messages', (
            select coalesce(jsonb_agg(platform.ticket_message_document(
                       m.id, m.author_id, m.staff, m.internal, m.body, m.created_at, ticket_document.staff) order by m.id), '[]')
            from platform.support_messages m
            where m.ticket_id = t.id and (ticket_document.staff or not m.internal)));
    end if;
    return document;
end
$$;
