-- Lets go of an Idempotency-Key that this statement has claimed for a resource that it does not make after all: the key stays free for a
-- request that succeeds.
create or replace function platform.release_idempotency(principal text, route text, key text) returns void
language sql volatile
as $$
    delete from platform.idempotency i
    where i.principal = release_idempotency.principal and i.route = release_idempotency.route
      and i.key = release_idempotency.key
$$;
