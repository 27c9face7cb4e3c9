-- Creates an API key. Answers
--   created   {api_key},
--   replayed  {id}: the Idempotency-Key was used for this key already, and the secret is not shown again,
--   mismatch  the Idempotency-Key was used with another request,
--   too_many  fifty live ones,
--   ended     the session is over.
create or replace function identity.create_api_key(
    context jsonb, account uuid, session uuid, id uuid, name text, prefix text, hash bytea, scopes text[], expires_at int8,
    principal text, route text, idempotency_key text, request_hash bytea) returns jsonb
language plpgsql volatile
as $$
declare
    claim record;
    made  identity.api_keys;
begin
    -- Two at once: the second counts the first.
    perform 1 from identity.accounts a where a.id = create_api_key.account for update;
    if not identity.session_is_live(create_api_key.account, create_api_key.session) then
        return jsonb_build_object('outcome', 'ended');
    end if;
    claim := platform.claim_idempotency(create_api_key.principal, create_api_key.route, create_api_key.idempotency_key,
                                        create_api_key.request_hash, create_api_key.id);
    if claim.outcome <> 'claimed' then
        return jsonb_build_object('outcome', claim.outcome, 'id', claim.resource_id);
    end if;
    if 50 <= (select count(*) from identity.api_keys k
              where k.account_id = create_api_key.account and k.revoked_at is null
                and (k.expires_at is null or k.expires_at > platform.now())) then
        perform platform.release_idempotency(principal, route, idempotency_key);
        return jsonb_build_object('outcome', 'too_many');
    end if;
    insert into identity.api_keys as k (id, account_id, name, prefix, hash, scopes, created_at, expires_at)
    values (create_api_key.id, create_api_key.account, create_api_key.name, create_api_key.prefix, create_api_key.hash,
            create_api_key.scopes, platform.now(), to_timestamp(create_api_key.expires_at / 1000.0))
    returning k.* into made;
    perform platform.record(context, 'api_key.created', 'api_key', made.id::text, null,
                            jsonb_build_object('name', made.name, 'scopes', made.scopes));
    return jsonb_build_object('outcome', 'created', 'api_key', identity.api_key_document(made));
end
$$;
