-- Closes tickets that have been solved for 7 days without another word, `portion` at most, and tells their users. Answers
-- {closed, more}.
create or replace function platform.close_solved_tickets(context jsonb, portion int) returns text
language plpgsql volatile
set enable_seqscan = off
as $$
declare
    t      record;
    closed int := 0;
begin
    for t in
        update platform.support_tickets k
        set state = 'closed', updated_at = platform.now(), version = k.version + 1
        from (select o.id from platform.support_tickets o
              where o.state = 'solved' and o.updated_at < platform.now() - interval '7 days'
              order by o.updated_at, o.id limit portion
              for update skip locked) due
        where k.id = due.id
        returning k.id, k.user_id, k.subject, k.version
    loop
        -- Support may open a closed one again: then its next end is told, too.
        perform platform.notify(context, 'ticket_closed:' || t.id || ':' || t.version, t.user_id, 'ticket_closed',
                                jsonb_build_object('ticket_id', t.id, 'subject', t.subject));
        perform platform.record(context, 'support.ticket.closed', 'support_ticket', t.id::text,
                                jsonb_build_object('state', 'solved'), jsonb_build_object('state', 'closed'));
        closed := closed + 1;
    end loop;
    return json_build_object('closed', closed, 'more', closed >= portion);
end
$$;
