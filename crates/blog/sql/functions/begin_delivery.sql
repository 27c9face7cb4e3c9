-- What an attempt needs; null when there is nothing to deliver any more.
create or replace function blog.begin_delivery(delivery_id uuid) returns text
language sql stable
as $$
    select json_build_object('webhook_id', w.id, 'generation', w.generation, 'url', w.url, 'message_id', d.id, 'body', d.event::text)::text
    from blog.deliveries d join blog.webhooks w on w.id = d.webhook_id
    where d.id = delivery_id and d.state = 'queued' and w.active
$$;
