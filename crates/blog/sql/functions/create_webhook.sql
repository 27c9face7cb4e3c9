-- Creates a webhook; twenty at most. Answers created {webhook, id, generation, version}, too_many, mismatch, or shown {id}: the key
-- created one before, whose secret is not shown again.
create or replace function blog.create_webhook(
    context jsonb, webhook_id uuid, owner uuid, url text, events text[],
    principal text, route text, key text, request_hash bytea) returns jsonb
language plpgsql volatile
as $$
declare
    claim record;
    hook  blog.webhooks;
begin
    perform blog.hold_account(owner);
    -- One at a time for each owner, or the limit would be none.
    perform pg_advisory_xact_lock(hashtextextended('blog.webhooks:' || owner, 0));
    select c.outcome, c.resource_id into claim
    from platform.claim_idempotency(principal, route, key, request_hash, webhook_id) c;
    if claim.outcome = 'mismatch' then
        return jsonb_build_object('outcome', 'mismatch');
    elsif claim.outcome = 'replayed' then
        return jsonb_build_object('outcome', 'shown', 'id', claim.resource_id);
    end if;
    if (select count(*) from blog.webhooks w where w.owner_id = owner) >= 20 then
        perform platform.release_idempotency(principal, route, key);
        return jsonb_build_object('outcome', 'too_many');
    end if;
    insert into blog.webhooks as w (id, owner_id, url, events, created_at, updated_at)
    values (webhook_id, owner, create_webhook.url, create_webhook.events, platform.now(), platform.now())
    returning w.* into hook;
    perform platform.record(context, 'webhook.created', 'webhook', hook.id::text, null, to_jsonb(hook) - 'owner_id');
    return blog.webhook_answer('created', hook);
end
$$;
