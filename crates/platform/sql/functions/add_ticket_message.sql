-- Adds a message to a ticket: of its user, or of support (`staff`), then perhaps `internal`. With `expected`, only if that is still
-- the ticket's version. Answers
--   added               with message (as the writer sees it) and version,
--   not_found, stale,
--   closed              nobody answers a closed ticket,
--   full                it has 200 messages,
--   replayed, mismatch  as platform.claim_idempotency; replayed with the message's id.
-- The user's message makes the ticket open: support's turn. Support's makes it `state`, or answered, gives it to the answerer
-- if nobody has it, and is told to the user. An internal one does nothing of that.
create or replace function platform.add_ticket_message(
    context jsonb, author uuid, staff boolean, internal boolean, principal text, route text, idempotency_key text,
    request_hash bytea, ticket uuid, message uuid, expected bigint, body text, state text) returns jsonb
language plpgsql volatile
as $$
declare
    before  record;
    claim   record;
    stored  bigint;
    next    text;
begin
    select t.* into before from platform.support_tickets t
    where t.id = add_ticket_message.ticket and (add_ticket_message.staff or t.user_id = add_ticket_message.author)
    for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if not exists (
            select from platform.idempotency i
            where i.principal = add_ticket_message.principal and i.route = add_ticket_message.route
              and i.key = add_ticket_message.idempotency_key) then
        if before.version <> coalesce(add_ticket_message.expected, before.version) then
            return jsonb_build_object('outcome', 'stale');
        end if;
        if before.state = 'closed' and not add_ticket_message.internal then
            return jsonb_build_object('outcome', 'closed');
        end if;
        if before.messages_count >= 200 then
            return jsonb_build_object('outcome', 'full');
        end if;
    end if;
    select c.outcome, c.resource_id into claim
    from platform.claim_idempotency(principal, route, idempotency_key, request_hash, message) c;
    if claim.outcome <> 'claimed' then
        return jsonb_build_object('outcome', claim.outcome, 'message_id', claim.resource_id);
    end if;

    insert into platform.support_messages (id, ticket_id, author_id, staff, internal, body, created_at)
    values (add_ticket_message.message, before.id, add_ticket_message.author, add_ticket_message.staff,
            add_ticket_message.internal, add_ticket_message.body, platform.now());
    next := case
        when add_ticket_message.internal then before.state
        when add_ticket_message.staff then coalesce(add_ticket_message.state, 'answered')
        else 'open' end;
    update platform.support_tickets t
    set state = next,
        waiting_since = case when next = 'open' then coalesce(t.waiting_since, platform.now()) end,
        assignee_id = case when add_ticket_message.staff and not add_ticket_message.internal
                           then coalesce(t.assignee_id, add_ticket_message.author) else t.assignee_id end,
        updated_at = case when add_ticket_message.internal then t.updated_at else platform.now() end,
        messages_count = t.messages_count + 1, version = t.version + 1
    where t.id = before.id
    returning t.version into stored;
    if add_ticket_message.staff and not add_ticket_message.internal then
        perform platform.notify(context, 'ticket_answer:' || add_ticket_message.message, before.user_id, 'ticket_answer',
                                jsonb_build_object('ticket_id', before.id, 'subject', before.subject));
    end if;
    perform platform.record(
        context,
        case when add_ticket_message.internal then 'support.ticket.noted'
             when add_ticket_message.staff then 'support.ticket.answered'
             else 'support.ticket.continued' end,
        'support_ticket', before.id::text,
        jsonb_build_object('state', before.state), jsonb_build_object('state', next));
    return jsonb_build_object(
        'outcome', 'added',
        'message', platform.ticket_message(add_ticket_message.message, add_ticket_message.staff),
        'version', stored);
end
$$;
