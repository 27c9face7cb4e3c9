-- Claims an Idempotency-Key with the statement that creates the resource. Answers
--   claimed   go on and create `new_resource`,
--   replayed  the resource exists: read `resource_id` again and answer with it,
--   mismatch  the key was used with another request.
-- No key (null) is always claimed. Two requests at once: the second waits for the first and then sees its row.
create or replace function platform.claim_idempotency(
    principal text, route text, key text, request_hash bytea, new_resource uuid,
    out outcome text, out resource_id uuid)
language plpgsql volatile
as $$
declare
    found_hash bytea;
begin
    outcome := 'claimed';
    resource_id := new_resource;
    if claim_idempotency.key is null then
        return;
    end if;
    insert into platform.idempotency (principal, route, key, request_hash, resource_id, created_at)
    values (claim_idempotency.principal, claim_idempotency.route, claim_idempotency.key,
            claim_idempotency.request_hash, new_resource, platform.now())
    on conflict on constraint idempotency_pkey do nothing;
    if found then
        return;
    end if;
    select i.request_hash, i.resource_id into found_hash, resource_id
    from platform.idempotency i
    where i.principal = claim_idempotency.principal and i.route = claim_idempotency.route
      and i.key = claim_idempotency.key;
    outcome := case when found_hash = claim_idempotency.request_hash then 'replayed' else 'mismatch' end;
end
$$;
