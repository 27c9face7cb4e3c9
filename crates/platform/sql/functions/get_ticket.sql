-- A ticket with its messages, and its version. Of `account` alone unless that is null: support sees all.
create or replace function platform.get_ticket(ticket uuid, account uuid)
returns table (document text, version bigint)
language plpgsql stable
as $$
begin
    return query
    select platform.ticket_document(t.id, get_ticket.account is null, true)::text, t.version
    from platform.support_tickets t
    where t.id = get_ticket.ticket and t.user_id = coalesce(get_ticket.account, t.user_id);
end
$$;
