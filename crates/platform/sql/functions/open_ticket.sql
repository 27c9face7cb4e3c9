-- Opens a support ticket with its first message. Answers
--   opened              with ticket and version,
--   too_many            the user has 50 that are not closed,
--   replayed, mismatch  as platform.claim_idempotency.
create or replace function platform.open_ticket(
    context jsonb, account uuid, principal text, route text, idempotency_key text, request_hash bytea,
    ticket uuid, message uuid, subject text, category text, body text) returns jsonb
language plpgsql volatile
as $$
declare
    claim record;
begin
    -- One at a time for each user, or the limit would be none.
    perform pg_advisory_xact_lock(hashtextextended('platform.support_tickets:' || account, 0));
    select c.outcome, c.resource_id into claim
    from platform.claim_idempotency(principal, route, idempotency_key, request_hash, ticket) c;
    if claim.outcome <> 'claimed' then
        return jsonb_build_object('outcome', claim.outcome, 'ticket_id', claim.resource_id);
    end if;
    if (select count(*) from platform.support_tickets t
        where t.user_id = open_ticket.account and t.state <> 'closed') >= 50 then
        perform platform.release_idempotency(principal, route, idempotency_key);
        return jsonb_build_object('outcome', 'too_many');
    end if;
    insert into platform.support_tickets (id, user_id, subject, category, waiting_since, messages_count, created_at, updated_at)
    values (open_ticket.ticket, open_ticket.account, open_ticket.subject, open_ticket.category, platform.now(), 1,
            platform.now(), platform.now());
    insert into platform.support_messages (id, ticket_id, author_id, staff, body, created_at)
    values (open_ticket.message, open_ticket.ticket, open_ticket.account, false, open_ticket.body, platform.now());
    -- What people write to support is not for the audit.
    perform platform.record(context, 'support.ticket.opened', 'support_ticket', open_ticket.ticket::text,
                            null, jsonb_build_object('category', open_ticket.category));
    return jsonb_build_object('outcome', 'opened', 'ticket', platform.ticket_document(open_ticket.ticket, false, true),
                              'version', 1);
end
$$;
