-- What an Idempotency-Key was used for before anything is done for it. Answers
--   fresh     nothing, or there is no key,
--   replayed  the resource of `resource_id`, by the same request,
--   mismatch  by another request.
create or replace function trading.find_claim(
    principal text, route text, idempotency_key text, request_hash bytea, out outcome text, out resource_id uuid)
language plpgsql stable
as $$
begin
    select case when i.request_hash = find_claim.request_hash then 'replayed' else 'mismatch' end, i.resource_id
    into outcome, resource_id
    from platform.claimed_keys i
    where i.principal = find_claim.principal and i.route = find_claim.route and i.key = find_claim.idempotency_key;
    outcome := coalesce(outcome, 'fresh');
end
$$;
