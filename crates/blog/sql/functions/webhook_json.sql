-- A webhook as its owner sees it.
create or replace function blog.webhook_json(hook blog.webhooks) returns json
language sql stable
as $$
    select json_build_object(
        'id', hook.id, 'url', hook.url, 'events', hook.events, 'active', hook.active, 'failures', hook.failures,
        'created_at', platform.time_text(hook.created_at), 'updated_at', platform.time_text(hook.updated_at))
$$;

create or replace function blog.webhook_answer(outcome text, hook blog.webhooks) returns jsonb
language sql stable
as $$
    select jsonb_build_object('outcome', outcome, 'id', hook.id, 'generation', hook.generation, 'version', hook.version,
                              'webhook', blog.webhook_json(hook)::jsonb)
$$;
