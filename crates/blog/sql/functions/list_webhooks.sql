-- An owner's webhooks, newest first, as a JSON text. There are twenty at most.
create or replace function blog.list_webhooks(owner uuid) returns text
language sql stable
as $$
    select coalesce(json_agg(blog.webhook_json(w) order by w.id desc), '[]')::text
    from blog.webhooks w where w.owner_id = owner
$$;
