-- One page of a webhook's deliveries, newest first, as a JSON text; null if the webhook is not the owner's.
create or replace function blog.list_deliveries(
    webhook_id uuid, owner uuid, after_id uuid, size int8, out items text, out last_id uuid)
language plpgsql stable
as $$
declare
    ids uuid[];
begin
    perform 1 from blog.webhooks w where w.id = list_deliveries.webhook_id and w.owner_id = owner;
    if not found then
        return;
    end if;
    ids := array(
        select d.id from blog.deliveries d
        where d.webhook_id = list_deliveries.webhook_id and (after_id is null or d.id < after_id)
        order by d.id desc limit size + 1);
    if cardinality(ids) > size then
        last_id := ids[size::int];
    end if;
    select coalesce(json_agg(json_build_object(
            'id', d.id, 'event', d.event, 'state', d.state, 'attempts', d.attempts, 'response_status', d.response_status, 'error', d.error,
            'created_at', platform.time_text(d.created_at), 'finished_at', platform.time_text(d.finished_at))
        order by d.id desc), '[]')::text into items
    from blog.deliveries d where d.id = any (ids[1:size::int]);
end
$$;
