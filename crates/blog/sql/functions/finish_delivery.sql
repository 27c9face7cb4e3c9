-- Writes an attempt down: {"state": "delivered" | "queued" | "failed"}. After eight attempts, or when the receiver says that it is gone
-- (410), it has failed; after twenty failed deliveries in a row, or 410, the webhook is switched off.
create or replace function blog.finish_delivery(context jsonb, delivery_id uuid, status int4, failure text) returns jsonb
language plpgsql volatile
as $$
declare
    delivery blog.deliveries;
    hook     blog.webhooks;
    outcome  text;
begin
    select w.* into hook from blog.webhooks w
    where w.id = (select d.webhook_id from blog.deliveries d where d.id = delivery_id) for update;
    select d.* into delivery from blog.deliveries d where d.id = delivery_id for update;
    if delivery.id is null or delivery.state <> 'queued' then
        return jsonb_build_object('state', coalesce(delivery.state, 'failed'));
    end if;
    outcome := case when coalesce(status between 200 and 299, false) then 'delivered'
                    when status = 410 or delivery.attempts + 1 >= 8 then 'failed' else 'queued' end;
    update blog.deliveries d set
        state = outcome, attempts = d.attempts + 1, response_status = status, error = case when outcome <> 'delivered' then failure end,
        finished_at = case when outcome <> 'queued' then platform.now() end
    where d.id = delivery_id;
    if outcome = 'delivered' and hook.failures > 0 then
        update blog.webhooks w set failures = 0, version = w.version + 1 where w.id = hook.id;
    elsif outcome = 'failed' then
        update blog.webhooks w
        set failures = w.failures + 1, active = w.failures < 19 and status is distinct from 410, version = w.version + 1
        where w.id = hook.id
        returning w.* into hook;
        if not hook.active then
            perform platform.record(context, 'webhook.switched_off', 'webhook', hook.id::text, null, jsonb_build_object('failures', hook.failures));
        end if;
    end if;
    return jsonb_build_object('state', outcome);
end
$$;
