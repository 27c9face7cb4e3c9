-- A user's tickets, newest first, without their messages, in one state or in all. `last` is the position to go on from.
create or replace function platform.list_tickets(account uuid, state text, before uuid, size bigint)
returns table (items text, last uuid)
language plpgsql stable
as $$
begin
    return query
    with ahead as (
        select t.id, row_number() over (order by t.id desc) as place
        from platform.support_tickets t
        where t.user_id = list_tickets.account
          and t.id < coalesce(list_tickets.before, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
          and (list_tickets.state is null or t.state = list_tickets.state)
        order by t.id desc
        limit list_tickets.size + 1)
    select coalesce(json_agg(platform.ticket_document(a.id, false, false) order by a.id desc)
                        filter (where a.place <= list_tickets.size), '[]')::text,
           case when count(*) > list_tickets.size
                then (array_agg(a.id order by a.id desc))[list_tickets.size] end
    from ahead a;
end
$$;
