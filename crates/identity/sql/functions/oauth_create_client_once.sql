-- Registers a client as identity.oauth_create_client does, and claims the Idempotency-Key with it. Answers
--   created   {client, version},
--   replayed  {client_id}: the Idempotency-Key was used for this client already,
--   mismatch  the Idempotency-Key was used with another request.
create or replace function identity.oauth_create_client_once(
    context jsonb, client text, metadata jsonb, secret bytea,
    principal text, route text, idempotency_key text, request_hash bytea) returns jsonb
language plpgsql volatile
as $$
declare
    claim    record;
    document jsonb;
begin
    -- A client that holds permissions outlives whoever registered it.
    perform identity.require_live(context);
    -- A client's id is `oc_` and the digits of a UUID.
    claim := platform.claim_idempotency(principal, route, idempotency_key, request_hash, substr(client, 4)::uuid);
    if claim.outcome <> 'claimed' then
        return jsonb_build_object(
            'outcome', claim.outcome, 'client_id', 'oc_' || replace(claim.resource_id::text, '-', ''));
    end if;
    document := identity.oauth_create_client(context, client, metadata, secret, null);
    return jsonb_build_object('outcome', 'created', 'client', document, 'version',
        (select identity.oauth_client_version(c) from identity.oauth_clients c where c.id = client));
end
$$;
