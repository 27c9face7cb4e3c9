-- What other orders of the same key or bot have used of its limits: those sent in the last hour, their value in this quote
-- currency within 24 hours, and those that are open. What is over counts with what it cost, the rest with what it may cost. An
-- intent that waits for its turn is not sent yet; it is counted when it asks. Without an id, `ord` is no order
-- yet, and all that there are count.
create or replace function trading.usage(
    ord trading.orders, scope text, out orders_last_hour bigint, out value_today numeric, out open_orders bigint)
language plpgsql stable
as $$
declare
    day  timestamptz := platform.now() - interval '1 day';
    hour timestamptz := platform.now() - interval '1 hour';
begin
    if scope = 'key' then
        select count(*) filter (where o.created_at > hour),
               coalesce(sum(case when o.finished_at is null then o.value else o.cost end) filter (where o.quote = ord.quote), 0),
               count(*) filter (where o.finished_at is null)
        into orders_last_hour, value_today, open_orders
        from trading.orders o
        where o.key_id = ord.key_id and o.id is distinct from ord.id and o.created_at > day and o.state not in ('intent', 'rejected');
    else
        select count(*) filter (where o.created_at > hour),
               coalesce(sum(case when o.finished_at is null then o.value else o.cost end)
                        filter (where o.created_at > day), 0),
               count(*) filter (where o.finished_at is null)
        into orders_last_hour, value_today, open_orders
        from trading.orders o
        where o.bot_id = ord.bot_id and o.id is distinct from ord.id and o.state not in ('intent', 'rejected')
          and (o.finished_at is null or o.created_at > day);
    end if;
end
$$;
