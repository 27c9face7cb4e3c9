-- Tickets as support sees them, without messages. Open ones in the order of the queue: who has waited longest comes first; others
-- newest first. `after_id` and, for open ones, `after_since` (microseconds since the epoch) are the position to go on from, answered
-- as `last_id` and `last_since`. Null filters nothing.
create or replace function platform.list_support_queue(
    state text, assignee uuid, account uuid, after_since bigint, after_id uuid, size bigint)
returns table (items text, last_id uuid, last_since bigint)
-- Each filter has its index; one plan for all of them would have none.
language plpgsql stable set plan_cache_mode = force_custom_plan
as $$
begin
    if list_support_queue.state = 'open' then
        return query
        with ahead as (
            select t.id, t.waiting_since, row_number() over (order by t.waiting_since, t.id) as place
            from platform.support_tickets t
            where t.state = 'open'
              and (list_support_queue.assignee is null or t.assignee_id = list_support_queue.assignee)
              and (list_support_queue.account is null or t.user_id = list_support_queue.account)
              and (list_support_queue.after_id is null
                   or (t.waiting_since, t.id) > (
                       'epoch'::timestamptz + make_interval(secs => list_support_queue.after_since / 1000000)
                           + (list_support_queue.after_since % 1000000) * interval '1 microsecond',
                       list_support_queue.after_id))
            order by t.waiting_since, t.id
            limit list_support_queue.size + 1)
        select coalesce(json_agg(platform.ticket_document(a.id, true, false) order by a.waiting_since, a.id)
                            filter (where a.place <= list_support_queue.size), '[]')::text,
               case when count(*) > list_support_queue.size
                    then (array_agg(a.id order by a.waiting_since, a.id))[list_support_queue.size] end,
               case when count(*) > list_support_queue.size
                    then ((array_agg((extract(epoch from a.waiting_since) * 1000000)::bigint order by a.waiting_since, a.id))
                              [list_support_queue.size]) end
        from ahead a;
    else
        return query
        with ahead as (
            select t.id, row_number() over (order by t.id desc) as place
            from platform.support_tickets t
            where (list_support_queue.state is null or t.state = list_support_queue.state)
              and (list_support_queue.assignee is null or t.assignee_id = list_support_queue.assignee)
              and (list_support_queue.account is null or t.user_id = list_support_queue.account)
              and t.id < coalesce(list_support_queue.after_id, 'ffffffff-ffff-ffff-ffff-ffffffffffff')
            order by t.id desc
            limit list_support_queue.size + 1)
        select coalesce(json_agg(platform.ticket_document(a.id, true, false) order by a.id desc)
                            filter (where a.place <= list_support_queue.size), '[]')::text,
               case when count(*) > list_support_queue.size
                    then (array_agg(a.id order by a.id desc))[list_support_queue.size] end,
               null::bigint
        from ahead a;
    end if;
end
$$;
