-- What an attempt needs; null when there is nothing to deliver any more. What waits for a webhook that was switched off has failed.
create or replace function blog.begin_delivery(delivery_id uuid) returns text
language plpgsql volatile
as $$
begin
    update blog.deliveries d set state = 'failed', error = 'the webhook is switched off', finished_at = platform.now()
    from blog.webhooks w
    where d.id = begin_delivery.delivery_id and d.state = 'queued' and w.id = d.webhook_id and not w.active;
    return (
        select json_build_object('webhook_id', w.id, 'generation', w.generation, 'url', w.url, 'message_id', d.id, 'body', d.event::text)::text
        from blog.deliveries d join blog.webhooks w on w.id = d.webhook_id
        where d.id = begin_delivery.delivery_id and d.state = 'queued' and w.active);
end
$$;
