-- Changes what `changes` names of a webhook; `active` true forgives its failures, `rotate` makes another secret; null `changes` deletes it.
-- Answers updated {webhook, id, generation, version}, deleted, stale or not_found.
create or replace function blog.update_webhook(
    context jsonb, webhook_id uuid, owner uuid, expected int8, changes jsonb) returns jsonb
language plpgsql volatile
as $$
declare
    before blog.webhooks;
    hook   blog.webhooks;
begin
    select w.* into before from blog.webhooks w where w.id = webhook_id and w.owner_id = owner for update;
    if before.id is null then
        return jsonb_build_object('outcome', 'not_found');
    end if;
    if expected is not null and expected <> before.version then
        return jsonb_build_object('outcome', 'stale');
    end if;
    if changes is null then
        delete from blog.webhooks w where w.id = webhook_id;
        perform platform.record(context, 'webhook.deleted', 'webhook', webhook_id::text, to_jsonb(before) - 'owner_id', null);
        return jsonb_build_object('outcome', 'deleted');
    end if;
    update blog.webhooks w set
        url = coalesce(changes ->> 'url', w.url),
        events = case when changes ? 'events' then array(select jsonb_array_elements_text(changes -> 'events')) else w.events end,
        active = coalesce((changes ->> 'active')::boolean, w.active),
        failures = case when (changes ->> 'active')::boolean then 0 else w.failures end,
        generation = w.generation + coalesce((changes ->> 'rotate')::boolean, false)::int,
        version = w.version + 1, updated_at = platform.now()
    where w.id = webhook_id
    returning w.* into hook;
    perform platform.record(context, 'webhook.updated', 'webhook', webhook_id::text, to_jsonb(before) - 'owner_id', to_jsonb(hook) - 'owner_id');
    return blog.webhook_answer('updated', hook);
end
$$;
