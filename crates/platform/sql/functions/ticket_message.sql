-- One message as the user or support sees it.
create or replace function platform.ticket_message(message uuid, for_staff boolean) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select platform.ticket_message_document(m.id, m.author_id, m.staff, m.internal, m.body, m.created_at, for_staff)
        from platform.support_messages m
        where m.id = ticket_message.message and (for_staff or not m.internal));
end
$$;
