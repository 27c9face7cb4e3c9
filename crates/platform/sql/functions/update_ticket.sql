-- Support's changes of a ticket: state, priority, category, assignee_id; what is absent in `changes` stays, null clears the assignee.
-- With `expected`, only if that is still its version. Answers updated | not_found | stale | no_such_assignee.
create or replace function platform.update_ticket(context jsonb, ticket uuid, expected bigint, changes jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    before   record;
    next     record;
    assignee uuid;
    stored   bigint;
begin
    select t.* into before from platform.support_tickets t where t.id = update_ticket.ticket for update;
    if not found then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if before.version <> coalesce(update_ticket.expected, before.version) then
        return jsonb_build_object('outcome', 'stale');
    end if;
    assignee := case when changes ? 'assignee_id' then (changes ->> 'assignee_id')::uuid else before.assignee_id end;
    if assignee is distinct from before.assignee_id and assignee is not null
        and not exists (select from identity.public_accounts a where a.id = assignee) then
        return jsonb_build_object('outcome', 'no_such_assignee');
    end if;
    select coalesce(changes ->> 'state', before.state) as state,
           coalesce(changes ->> 'priority', before.priority) as priority,
           coalesce(changes ->> 'category', before.category) as category,
           assignee as assignee_id
    into next;
    stored := before.version;
    if next is distinct from (before.state, before.priority, before.category, before.assignee_id) then
        update platform.support_tickets t
        set state = next.state, priority = next.priority, category = next.category, assignee_id = next.assignee_id,
            waiting_since = case when next.state = 'open' then coalesce(t.waiting_since, platform.now()) end,
            -- Shown to the user, who sees nothing of the rest.
            updated_at = case when (next.state, next.category) <> (before.state, before.category)
                              then platform.now() else t.updated_at end,
            version = t.version + 1
        where t.id = before.id
        returning t.version into stored;
        perform platform.record(
            context, 'support.ticket.updated', 'support_ticket', before.id::text,
            jsonb_build_object('state', before.state, 'priority', before.priority, 'category', before.category,
                               'assignee_id', before.assignee_id),
            to_jsonb(next));
    end if;
    return jsonb_build_object('outcome', 'updated', 'ticket', platform.ticket_document(before.id, true, true),
                              'version', stored);
end
$$;
