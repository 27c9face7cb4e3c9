-- Takes an event of the blog to the webhooks that want it: a delivery and its task for each, once however often the event comes.
create or replace function blog.fan_out(context jsonb, owner uuid, event_id uuid, kind text, event jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    delivery uuid;
    many     int := 0;
begin
    for delivery in
        insert into blog.deliveries as d (id, webhook_id, event_id, event, created_at)
        select platform.uuid_v7(), w.id, fan_out.event_id, fan_out.event, platform.now()
        from blog.webhooks w
        where w.owner_id = owner and w.active and fan_out.kind = any (w.events)
        on conflict on constraint deliveries_event_key do nothing
        returning d.id
    loop
        perform platform.enqueue(context, 'deliver_webhook', delivery::text, jsonb_build_object('delivery_id', delivery));
        many := many + 1;
    end loop;
    return jsonb_build_object('deliveries', many);
end
$$;
