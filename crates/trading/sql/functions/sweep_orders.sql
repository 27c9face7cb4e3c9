-- Orders that nobody has looked at for ten minutes are looked at again: their tasks were parked or lost.
create or replace function trading.sweep_orders(context jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    ord   trading.orders;
    found_ bigint := 0;
    bucket bigint := extract(epoch from platform.now())::bigint / 600;
begin
    for ord in
        select o.* from trading.orders o
        where o.finished_at is null and o.updated_at < platform.now() - interval '10 minutes'
          and not exists (select from platform.unfinished_tasks t
              where t.kind in ('process_order', 'sync_order') and t.payload ->> 'order_id' = o.id::text)
        order by o.updated_at limit 500
    loop
        perform platform.enqueue(context, case ord.state when 'intent' then 'process_order' else 'sync_order' end,
            ord.id || ':sweep:' || bucket, jsonb_build_object('order_id', ord.id));
        found_ := found_ + 1;
    end loop;
    return jsonb_build_object('asked', found_);
end
$$;
