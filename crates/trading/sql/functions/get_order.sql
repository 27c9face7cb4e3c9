-- An order with its events and fills; null if there is none, or it is somebody else's.
create or replace function trading.get_order(owner uuid, order_id uuid) returns jsonb
language plpgsql stable
as $$
begin
    return (
        select trading.order_document(o) || jsonb_build_object(
            'events', (select coalesce(jsonb_agg(jsonb_build_object(
                    'seq', e.seq, 'at', platform.time_text(e.at), 'type', e.type, 'data', e.data) order by e.seq), '[]')
                from trading.order_events e where e.order_id = o.id),
            'fills', (select coalesce(jsonb_agg(trading.fill_document(f) order by f.executed_at, f.id), '[]')
                from trading.fills f where f.order_id = o.id))
        from trading.orders o
        where o.id = get_order.order_id and o.user_id = get_order.owner);
end
$$;
